"""Change plans: previews, approvals, rings under way, undo."""
