"""Remote actions over many devices: who ordered, who approved, for which devices."""
