"""How the stand-in of the push service misbehaves when told to, as Apple's sometimes does."""

from __future__ import annotations

from dataclasses import dataclass, field

from h2.errors import ErrorCodes


@dataclass(slots=True)
class Script:
    """Settings of a stand-in that may be changed while it runs; as built it behaves well.

    Streams: `stream_limit` is the greeting of each connection, the two others are announced
    after an accepted and after a refused push. `initial_window`: bytes a stream may send unasked.
    """

    stream_limit: int = 1000
    limit_after_acceptance: int | None = None
    limit_after_refusal: int | None = None
    initial_window: int = 65_535

    goaway_every: int | None = None
    """Leave after so many requests of one connection; the last is answered after the GOAWAY."""
    goaway_reason: str = ""
    goaway_error: ErrorCodes = ErrorCodes.NO_ERROR
    drop_every: int | None = None
    """Cut the connection at so many requests of it: they were taken, the answers are lost."""

    unavailable: int = 0
    """So many requests from now on get 503."""
    failing: int = 0
    """So many requests from now on get 500."""
    silence: int = 0
    """So many requests from now on get no answer at all."""
    bad_certificate: bool = False
    """Each request gets 403 BadCertificate."""

    throttled: set[bytes] = field(default_factory=set)
    """Tokens that get 429."""
    silent: set[bytes] = field(default_factory=set)
    """Tokens that never get an answer."""
    refused: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    """Token → status and reason of its answer, whatever they are."""
    resets: dict[bytes, list[ErrorCodes]] = field(default_factory=dict)
    """Token → with which errors its next streams are reset, one for each attempt."""

    answer_delay_s: float = 0.0
    delivery_delay_s: float = 0.0
    """Seconds between taking a push and the device hearing of it."""
