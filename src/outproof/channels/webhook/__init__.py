"""Signed webhooks (Standard Webhooks 1.0.0): for programs, and for tools that speak the standard."""
