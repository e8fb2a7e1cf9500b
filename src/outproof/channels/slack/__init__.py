"""Slack incoming webhooks, and every chat that takes the same format."""
