"""Level 9: what is learnt from what happened. Drills in; whether they passed, and which are overdue, out."""
