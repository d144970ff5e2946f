"""Wishes in a text scenario: who shall have what, from when to when, by which roll-out.

Here: `wish SCOPE …: WHAT` as a decision. Not here: the other lines (policies.scenario).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from policies.assignment import (
    AppChoice,
    Assignment,
    DeclarationChoice,
    OsTarget,
    ProfileVersion,
    Successor,
)
from policies.scope import Scope, ScopeKind
from policies.wishes import ProfileDelivery, ProfileKind
from profiles.declarations.json_form import canonical

_CONDITIONS = ("from", "until", "rollout", "ending")


def read_wish(since: datetime, words: Sequence[str]) -> Assignment:
    """Read `wish SCOPE CONDITIONS: WHAT`. raises: ValueError, LookupError, TypeError."""
    colon = [word.endswith(":") for word in words].index(True)
    head = [*words[1:colon], words[colon][:-1]]
    cut = next((at for at, word in enumerate(head) if word in _CONDITIONS), len(head))
    empty = Assignment(read_scope(head[:cut]), since)
    for name, value in _pairs(head[cut:]):
        empty = _under(empty, name, value)
    return _WISHES[words[colon + 1]](empty, words[colon + 2 :])


def read_scope(words: Sequence[str]) -> Scope:
    """Read `school 12`. raises: ValueError, TypeError."""
    return Scope(ScopeKind(words[0]), *words[1:])


def instant(text: str) -> datetime:
    """Read an instant in UTC. raises: ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from zip(words[::2], words[1::2], strict=True)


def _under(wish: Assignment, name: str, value: str) -> Assignment:
    match name:
        case "from":
            return replace(wish, starts_at=instant(value))
        case "until":
            return replace(wish, ends_at=instant(value))
        case "rollout":
            return replace(wish, rollout=int(value))
        case "ending":
            return replace(wish, ending_rollout=int(value))
        case other:
            raise ValueError(other)


def _profile(empty: Assignment, words: Sequence[str]) -> Assignment:
    identifier, version, kind, *rest = words
    wanted = _version(identifier, version, kind)
    if rest[:1] == ["declared"]:
        wanted, rest = replace(wanted, delivery=ProfileDelivery.DECLARATION), rest[1:]
    while rest:
        then, version, by, rollout, *rest = rest
        if (then, by) != ("then", "rollout"):
            raise ValueError(then)
        coming = Successor(int(rollout), _version(identifier, version, kind))
        wanted = replace(wanted, successors=(*wanted.successors, coming))
    return replace(empty, profiles=(wanted,))


def _version(identifier: str, version: str, kind: str) -> ProfileVersion:
    number = int(version.removeprefix("v"))
    return ProfileVersion(identifier, version, ProfileKind(kind), number, number)


def _app(empty: Assignment, words: Sequence[str]) -> Assignment:
    numbers = [int(word) for word in words[1:] if word != "optional"]
    store_id = numbers[0] if numbers else None
    return replace(empty, apps=(AppChoice(words[0], store_id, "optional" not in words),))


def _declaration(empty: Assignment, words: Sequence[str]) -> Assignment:
    identifier, kind, payload = words
    content = canonical(json.loads(payload))
    choice = DeclarationChoice(identifier, f"com.apple.configuration.{kind}", content)
    return replace(empty, declarations=(choice,))


def _os(empty: Assignment, words: Sequence[str]) -> Assignment:
    version, by, deadline = words
    if by != "by":
        raise ValueError(by)
    return replace(empty, os_version=OsTarget(version, datetime.fromisoformat(deadline)))


_WISHES: dict[str, Callable[[Assignment, Sequence[str]], Assignment]] = {
    "profile": _profile,
    "app": _app,
    "declaration": _declaration,
    "os": _os,
    "no-profile": lambda empty, words: replace(empty, absent_profiles=tuple(words)),
    "no-app": lambda empty, words: replace(empty, absent_apps=tuple(words)),
    "name": lambda empty, words: replace(empty, device_name=words[0]),
}
