"""Simulated iPads and stand-ins for Apple's services. Speaks the wire, knows no room."""
