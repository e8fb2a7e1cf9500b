"""`python -m outproof`: the same as the `outproof` command."""

from outproof.cli import main

main()
