"""What should be true, and what to do about the difference. Pure functions over values."""
