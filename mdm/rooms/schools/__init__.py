"""The city's structure: schools and classes."""
