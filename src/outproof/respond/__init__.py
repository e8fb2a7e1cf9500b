"""Level 8: findings in; incidents, their timelines and what is said to whom, out."""
