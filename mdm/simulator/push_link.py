"""How an iPad is woken: its side of the push service."""

from typing import Protocol


class PushLink(Protocol):
    """What an iPad needs of the push service. Tokens are opaque bytes."""

    def register(self, token: bytes, topic: str) -> None:
        """Make a token known before the server hears of it."""

    def unregister(self, token: bytes) -> None:
        """Let a token be dead, after an erase or the end of an enrolment."""

    def reachable(self, token: bytes, is_online: bool) -> None:
        """Say whether pushes for a token reach their device."""


class NoPush:
    """A push service for iPads that nobody wakes."""

    def register(self, token: bytes, topic: str) -> None:
        """Forget it."""

    def unregister(self, token: bytes) -> None:
        """Forget it."""

    def reachable(self, token: bytes, is_online: bool) -> None:
        """Forget it."""
