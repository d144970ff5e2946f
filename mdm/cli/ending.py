"""How a long command ends: Ctrl-C and SIGTERM are remembered, and it ends in its own order."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ending:
    """Listens for signals while its block runs. Only in the main thread.

    A second Ctrl-C changes nothing: everything that is under way ends by itself in time, and
    nobody is left behind.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._before: list[object] = []

    @property
    def is_asked(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait, but not longer than until somebody asks to end; returns whether he did."""
        return self._asked.wait(seconds)

    def __enter__(self) -> Self:
        self._before = [signal.signal(number, self._note) for number in _SIGNALS]
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for number, before in zip(_SIGNALS, self._before, strict=True):
            signal.signal(number, before)  # type: ignore[arg-type]

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked.set()
