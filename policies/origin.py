"""Which decision a wish of a device comes from.

Here: finding it again, by letting each decision wish once more. Not here: who made it and what
for, which its row knows (mdm.rooms.compliance.origins).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from policies.assignment import Assignment
from policies.desired import wishes_by
from policies.facts import DeviceFacts
from policies.wishes import WantedDeclaration, Wish


def origins(
    wishes: Iterable[Wish], decided: Sequence[Assignment], device: DeviceFacts, now: datetime
) -> Mapping[Wish, int]:
    """Say by which decision each wish came to be.

    wishes: as they were compiled out of `decided` for the same device and instant.
    returns: positions in `decided`; of several decisions that say the very same, the first.
    """
    found: dict[Wish, int] = {}
    for position, one in enumerate(decided):
        for wish in wishes_by(one, device, now):
            found.setdefault(_as_decided(wish), position)
    asked = ((wish, found.get(_as_decided(wish))) for wish in wishes)
    return {wish: position for wish, position in asked if position is not None}


def _as_decided(wish: Wish) -> Wish:
    """Without what a declaration loses to narrower ones when the wishes are settled."""
    return replace(wish, content=b"") if isinstance(wish, WantedDeclaration) else wish
