"""`python -m tierproof` is the `tierproof` command."""

from tierproof.interfaces.cli import main

main()
