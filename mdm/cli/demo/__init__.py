"""`mdm demo`: two fictional schools with simulated iPads, from the first link to an erase.

Start at command.py; steps.py is what happens, evidence.py what counts as proven.
"""

from mdm.cli.demo.command import demo

__all__ = ["demo"]
