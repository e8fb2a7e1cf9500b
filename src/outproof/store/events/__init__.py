"""Answers at rest, in the ClickHouse dialect: chDB in this process, or a ClickHouse server."""
