"""What an iPad does when it is told to. Start at execution.py; one file per family of commands."""
