"""The version of an operating system, as devices report it and as tables of facts name it.

Here: reading, comparing and printing. Not here: which version a key needs (profiles.schema.facts).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_TEXT = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}", re.ASCII)


@dataclass(frozen=True, order=True, slots=True)
class OsVersion:
    """A version such as 17.4.1; a missing part counts as zero, so 17 equals 17.0.0."""

    major: int
    minor: int = 0
    patch: int = 0
    build: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one to four numbers divided by points, as in a device's `OSVersion`.

        raises: ValueError for anything else: suffixes, blanks, signs, an empty text.
        """
        if not _TEXT.fullmatch(text):
            raise ValueError("not an operating system version: one to four numbers with points")
        return cls(*(int(part) for part in text.split(".")))

    def __str__(self) -> str:
        parts = [self.major, self.minor, self.patch, self.build]
        while len(parts) > 2 and parts[-1] == 0:
            parts.pop()
        return ".".join(str(part) for part in parts)
