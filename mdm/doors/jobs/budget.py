"""How long one job may go on before it rings for itself and lets others have their turn."""

import time
from collections.abc import Callable


class Budget:
    """A span of time that begins now. monotonic: reads seconds; tests hand in their own."""

    def __init__(
        self, seconds: float = 5.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    @property
    def left_s(self) -> float:
        return max(0.0, self._end - self._monotonic())

    @property
    def is_spent(self) -> bool:
        return self.left_s <= 0
