"""The rules in force: what for whom, since when, by whose decision."""
