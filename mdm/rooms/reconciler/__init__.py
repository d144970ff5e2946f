"""Reconciling: from what should be and what is to commands in the queue."""
