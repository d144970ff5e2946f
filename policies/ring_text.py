"""The rings of a roll-out as people write them: `training, class 9a, school 12, all`.

Here: the text, both ways. Not here: whom a ring takes in (policies.rings), other languages (the
doors).
"""

from __future__ import annotations

from collections.abc import Iterable

from policies.errors import InvalidOperation
from policies.rings import RingKind, RingSpec
from policies.scope import Scope, ScopeKind

_AT_SCHOOL = frozenset({ScopeKind.GRADE, ScopeKind.CLASS, ScopeKind.COURSE, ScopeKind.TROLLEY})
_WHOLE = frozenset({ScopeKind.CITY})


def read_rings(text: str, school: str | None = None) -> tuple[RingSpec, ...]:
    """Read rings, divided by commas; one ring may have several parts, divided by plus signs.

    school: whose classes and grades are meant where none is written (`class 12/9a` names it).
    raises: InvalidOperation with the place of the ring (`rings[1]`).
    """
    written = [part.strip() for part in text.split(",")]
    return tuple(
        _read_ring(part, f"rings[{place}]", school) for place, part in enumerate(written) if part
    )


def write_rings(rings: Iterable[RingSpec]) -> str:
    """Write what `read_rings` reads, with every school named."""
    return ", ".join(" + ".join(map(str, ring.scopes)) or ring.kind.value for ring in rings)


def _read_ring(text: str, path: str, school: str | None) -> RingSpec:
    if text.casefold() in (RingKind.TRAINING, RingKind.ALL):
        return RingSpec(RingKind(text.casefold()))
    scopes = tuple(_read_scope(part.strip(), path, school) for part in text.split("+"))
    return RingSpec(RingKind.CHOSEN, scopes)


def _read_scope(text: str, path: str, school: str | None) -> Scope:
    word, _, name = text.partition(" ")
    name = name.strip()
    if word.casefold() not in set(ScopeKind) - _WHOLE or not name:
        raise InvalidOperation(path, "is no ring such as training, class 9a, school 12, all")
    kind = ScopeKind(word.casefold())
    if kind in _AT_SCHOOL and "/" not in name:
        if school is None:
            raise InvalidOperation(path, f"does not say the school: {kind} 12/{name[:40]}")
        name = f"{school}/{name}"
    return Scope(kind, name)
