"""The `mdm` command. One file per group of verbs."""

from mdm.cli.main import main

__all__ = ["main"]
