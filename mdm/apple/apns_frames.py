"""Takes GOAWAY frames out of a stream of HTTP/2 bytes.

h2 closes its state machine at a GOAWAY: an answer to an earlier request, which the server still
owes us, would then be an error and be lost. So h2 never sees these frames; the session acts on
them itself. All else passes through unchanged, in whole frames.
source: RFC 9113 §4.1 (frames), §6.8 (GOAWAY).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mdm.apple.errors import ConnectionBroken
from mdm.apple.push import LocalReason

_HEADER = 9
_GOAWAY = 7
_LONGEST = 16_384


@dataclass(frozen=True, slots=True)
class GoAway:
    """The server leaves: streams above `last_stream_id` were not processed."""

    last_stream_id: int
    error_code: int
    debug: bytes


class FrameSplitter:
    """Divides what arrives into bytes for h2 and GOAWAY frames, in their order."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes | GoAway]:
        """Give out all that is complete; an incomplete frame is held until the rest comes.

        raises: ConnectionBroken for a frame larger than HTTP/2 allows without asking.
        """
        self._held += data
        start = end = 0
        while (following := self._end_of_frame(end)) is not None:
            if self._held[end + 3] == _GOAWAY and following - end >= _HEADER + 8:
                if end > start:
                    yield bytes(self._held[start:end])
                yield _read_goaway(bytes(self._held[end + _HEADER : following]))
                start = following
            end = following
        if end > start:
            yield bytes(self._held[start:end])
        del self._held[:end]

    def _end_of_frame(self, start: int) -> int | None:
        """Say where the frame at `start` ends; None while it is incomplete."""
        available = len(self._held)
        if available - start < _HEADER:
            return None
        length = int.from_bytes(self._held[start : start + 3], "big")
        if length > _LONGEST:
            # We announce no larger frames. h2 would first wait for all of its 16 MB.
            raise ConnectionBroken(LocalReason.PROTOCOL)
        end = start + _HEADER + length
        return end if end <= available else None


def _read_goaway(payload: bytes) -> GoAway:
    last = int.from_bytes(payload[:4], "big") & 0x7FFF_FFFF
    return GoAway(last, int.from_bytes(payload[4:8], "big"), payload[8:])
