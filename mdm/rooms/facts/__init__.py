"""Facts: everything a plan depends on, joined from the rooms in a few statements."""
