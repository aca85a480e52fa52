"""`python -m mailpost` is the command `mailpost`."""

from mailpost.cli import main

main()
