"""How much a file may hold before it is refused, with defaults for a city of 100,000 pupils."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policies.roster.errors import Unreadable, UnreadableRoster


@dataclass(frozen=True, slots=True)
class Limits:
    """file_bytes: as uploaded. archive_bytes: unpacked, all files together. cell: characters."""

    file_bytes: int = 20_000_000
    archive_bytes: int = 100_000_000
    archive_files: int = 50
    rows: int = 1_000_000
    cell: int = 200


DEFAULT_LIMITS = Limits()

LONGEST: Mapping[str, int] = {"class": 40, "grade": 10, "subject": 120, "trolley": 80}
"""Characters of what is stored shorter than a cell may be, by the name of its field."""


def check_size(data: bytes, limits: Limits) -> None:
    """Refuse before a byte is read.

    raises: UnreadableRoster (EMPTY, TOO_LARGE).
    """
    if not data:
        raise UnreadableRoster(Unreadable.EMPTY)
    if len(data) > limits.file_bytes:
        raise UnreadableRoster(Unreadable.TOO_LARGE, detail=str(limits.file_bytes))
