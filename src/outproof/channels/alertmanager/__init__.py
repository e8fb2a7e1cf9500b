"""Alertmanager as a receiver of ours, by its API v2."""
