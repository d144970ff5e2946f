"""Clients of Apple's services. Only jobs import them."""
