"""Level 13: HTTP in and out: OTLP, the API, the UI."""
