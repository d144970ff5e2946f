"""The times the push client keeps, in one value, so that tests can make them tiny."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds.

    connect_s: TCP and TLS together.
    stall_s: when nothing completes for so long, the connection is given up.
    idle_ping_s: how often an unused connection is asked whether it lives.
    first_wait_s, longest_wait_s: the pause after a fruitless round, doubled each time.
    fruitless_rounds: how many rounds in a row may bring no answer before a send gives up.
    whole_s: the longest a send may take when the caller names no time.
    """

    connect_s: float = 10.0
    stall_s: float = 10.0
    idle_ping_s: float = 1200.0
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    fruitless_rounds: int = 5
    whole_s: float = 300.0

    def wait_after(self, fruitless: int) -> float:
        """Say how long to pause after so many fruitless rounds in a row; 0 after none."""
        if fruitless == 0:
            return 0.0
        return min(self.longest_wait_s, self.first_wait_s * 2.0 ** min(fruitless - 1, 16))
