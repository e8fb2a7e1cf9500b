"""What runs in the user's process: decisions and run signals in, OTLP and REST requests out, no harm to the host."""
