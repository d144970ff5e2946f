"""Rosters on their way in: files, mappings, differences, and writing them."""
