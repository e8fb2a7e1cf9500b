"""Jira Service Management, Opsgenie, and what takes the Opsgenie alert API."""
