"""The library: profiles with their versions, and apps."""
