"""Level 11: ways to people, one folder per channel, all of one shape: config.py, send.py, message.txt, README.md."""
