"""The `mdm` command. One file per group of verbs; main.py lists them.

A verb reads what was typed, opens one transaction, calls a room, prints. It decides nothing.
"""

from mdm.cli.main import main

__all__ = ["main"]
