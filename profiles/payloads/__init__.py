"""One file per payload type of a configuration profile."""
