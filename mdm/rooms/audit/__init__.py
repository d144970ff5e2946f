"""The journal: who, what, why; sealed in batches into a hash chain."""
