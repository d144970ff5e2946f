"""People, their roles, the schools they may see, and how they sign in."""
