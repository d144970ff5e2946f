"""Smart groups: devices that have something in common, kept by difference."""
