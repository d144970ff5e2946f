"""The instant everything happens at, unless a test says otherwise."""

from datetime import UTC, datetime

NOW = datetime(2026, 9, 14, 7, 45, tzinfo=UTC)
"""A school morning; the same instant as the fixture `now`."""
