"""Configurations: one file per subject, each with typed settings and a builder.

A configuration does nothing until an activation names it (profiles.declarations.activations).
What has no builder here goes through profiles.declarations.checked_declaration, or as a profile
(legacy.py).
"""
