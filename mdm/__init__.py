"""The house: doors, rooms and foundations around the three packages that decide."""
