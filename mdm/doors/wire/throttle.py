"""How often one address may guess: enrolment links, SCEP challenges.

A school is one address, so only wrong guesses are counted, and generously: they are hopeless
anyway, and the limit is for the machine's sake. Never on the two device URLs: an iPad that is
turned away there may lose what it had to say.
Counted by process, since nobody who enrols shall wait for Redis.
"""

import threading
from collections import Counter

from flask import Response, request

from mdm.base.client_address import client_address, origin
from mdm.base.clock import Clock
from mdm.base.metrics import DEVICE_REFUSALS
from mdm.base.settings import Network

MOST_GUESSES = 300
_SECONDS = 60
# Whoever comes from more addresses than this within a minute is not slowed down by counting.
_MOST_ADDRESSES = 100_000


class Throttle:
    """Counts wrong guesses of this minute by address."""

    def __init__(self, clock: Clock, proxies: tuple[Network, ...]) -> None:
        self._clock = clock
        self._proxies = proxies
        self._lock = threading.Lock()
        self._minute = 0
        self._guesses: Counter[str] = Counter()

    def turned_away(self) -> Response | None:
        """The answer for an address that has guessed too often; None for all others."""
        with self._lock:
            self._begin_minute()
            if self._guesses[self._address()] < MOST_GUESSES:
                return None
        DEVICE_REFUSALS.labels(kind="too_many_guesses").inc()
        return Response(status=429, headers={"Retry-After": str(_SECONDS)})

    def count_guess(self) -> None:
        """The request under way was a wrong guess."""
        with self._lock:
            self._begin_minute()
            self._guesses[self._address()] += 1

    def _begin_minute(self) -> None:
        minute = int(self._clock.now().timestamp()) // _SECONDS
        if minute != self._minute or len(self._guesses) > _MOST_ADDRESSES:
            self._minute = minute
            self._guesses.clear()

    def _address(self) -> str:
        forwarded = request.headers.get("X-Forwarded-For", "")
        return origin(client_address(request.remote_addr, forwarded, self._proxies))
