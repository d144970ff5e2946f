"""Declarations: what each channel was told to have, and what it says of them."""
