"""What devices answer to questions, as values: one file per family."""
