"""Declarative management's formats: declarations, manifests and status reports."""
