"""Between a fleet and the stand-in of the push service: tokens go there, pushes come back."""

from collections.abc import Callable

from mdm.base.clock import Clock
from mdm.simulator.apns import ApnsStandIn


class StandInPush:
    """A `PushLink` to a stand-in that may run in another thread.

    on_push: called with token and magic, in the thread of the stand-in.
    """

    def __init__(
        self, stand_in: ApnsStandIn, clock: Clock, on_push: Callable[[bytes, str], None]
    ) -> None:
        self._stand_in = stand_in
        self._clock = clock
        self._on_push = on_push

    def register(self, token: bytes, topic: str) -> None:
        """Make a token known and listen for its pushes."""
        self._stand_in.register(token, topic)
        self._stand_in.subscribe(token, self._on_push)

    def unregister(self, token: bytes) -> None:
        """Let a token be dead from now on."""
        self._stand_in.unregister(token, self._clock.now())

    def reachable(self, token: bytes, is_online: bool) -> None:
        """Let pushes through, or keep the newest."""
        if is_online:
            self._stand_in.go_online(token)
        else:
            self._stand_in.go_offline(token)
