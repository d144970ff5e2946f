"""What everybody stands on: database, settings, clock, vault, errors."""
