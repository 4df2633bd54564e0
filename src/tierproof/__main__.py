"""`python -m tierproof` is the `tierproof` command."""

from tierproof.doors.cli import main

main()
