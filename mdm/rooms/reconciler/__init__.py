"""Asks policies for the plan of one enrollment and writes it down."""
