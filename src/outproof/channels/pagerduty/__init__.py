"""PagerDuty, and what takes its Events API v2."""
