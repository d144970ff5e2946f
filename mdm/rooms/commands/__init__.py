"""The command queue: what an enrollment was told, and what it answered."""
