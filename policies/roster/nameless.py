"""A roster without any name: persons become numbered slots of their class.

Here: keyed pseudonyms in the place of identifiers, slots that stay the same over imports, and
group names in which a person's name or identifier stood. Not here: which school works so
(mdm.rooms.schools), the key (the vault; without it nobody can test a guessed identifier).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import count

from policies.roster.errors import InvalidRoster
from policies.roster.roster import Roster, by_key, by_person
from policies.roster.values import PROVISIONAL, GroupKey, GroupKind, Person, Placement, Role

SHORTEST_KEY = 16

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_TEACHERS = "L"
_WITHOUT_CLASS = "S"


def nameless(roster: Roster, key: bytes, known: Roster | None = None) -> Roster:
    """Replace every person by a slot: class and running number, `7b-03`.

    key: secret of the city, at least 16 bytes; the same key gives the same pseudonyms.
    known: the nameless roster stored so far; whoever stays in a class keeps the number. Its
        pseudonyms stand for themselves, so that what was exported comes in as it was.
    raises: InvalidRoster (key too short; a person without an identifier, for whom a pseudonym
        could not stay the same).
    """
    if len(key) < SHORTEST_KEY:
        raise InvalidRoster("key", "too short")
    if any(person.key.startswith(PROVISIONAL) for person in roster.persons):
        raise InvalidRoster("persons", "no identifier to make a pseudonym of")
    known = known or Roster()
    seats = frozenset(by_key(known.persons))
    people = [p for p in roster.persons if p.key not in seats or not _is_label(p)]
    renamed = _Pseudonyms(key, _words_of(people), seats).roster(roster)
    return replace(renamed, persons=_with_slots(renamed, known))


def pseudonym(key: bytes, source_id: str) -> str:
    """32 hexadecimal digits that stand for a source_id. source: RFC 2104 with SHA-256."""
    return hmac.new(key, source_id.encode(), hashlib.sha256).hexdigest()[:32]


def without_names(persons: Iterable[Person], key: bytes) -> Callable[[str], str]:
    """Gives what puts a tag in the place of every word that is somebody's, as `nameless` does."""
    return _Pseudonyms(key, _words_of(persons)).text


@dataclass(frozen=True, slots=True)
class _Pseudonyms:
    """words: lower-case names and identifiers that must not stand anywhere.

    seats: pseudonyms already.
    """

    key: bytes
    words: frozenset[str]
    seats: frozenset[str] = frozenset()

    def roster(self, roster: Roster) -> Roster:
        return replace(
            roster,
            classes=tuple(replace(c, name=self.text(c.name)) for c in roster.classes),
            courses=tuple(
                replace(c, name=self.text(c.name), subject=self.text(c.subject))
                for c in roster.courses
            ),
            persons=tuple(self.person(person) for person in roster.persons),
            memberships=tuple(
                replace(m, person=self.seat(m.person), group=self.group(m.group))
                for m in roster.memberships
            ),
            placements=tuple(self.placement(p) for p in roster.placements),
        )

    def person(self, person: Person) -> Person:
        seat = self.seat(person.source_id)
        return Person(seat, person.role, "", "", person.schools, person.grade)

    def placement(self, placement: Placement) -> Placement:
        owner = self.seat(placement.person) if placement.person else ""
        place = self.group(placement.place) if placement.place else None
        return replace(placement, person=owner, place=place)

    def seat(self, source_id: str) -> str:
        return source_id if source_id in self.seats else pseudonym(self.key, source_id)

    def group(self, group: GroupKey) -> GroupKey:
        return replace(group, name=self.text(group.name))

    def text(self, text: str) -> str:
        """The text with a tag for every word that is somebody's; other words stay."""
        return _WORD.sub(lambda word: self.tag(word.group()), text)

    def tag(self, word: str) -> str:
        if word.casefold() not in self.words:
            parts = word.split("-")
            return word if len(parts) == 1 else "-".join(self.tag(part) for part in parts)
        return pseudonym(self.key, "word:" + word.casefold())[:8]


def _is_label(person: Person) -> bool:
    """Whether only the label of a seat stands in the place of the name, as we export it."""
    number = person.family_name.rpartition("-")[2]
    return number.isdecimal() and not person.given_name and not person.account


def _words_of(persons: Iterable[Person]) -> frozenset[str]:
    """Every word of a name, and identifiers that are words; a number alone says nobody's name."""
    texts = {
        text.casefold()
        for p in persons
        for text in (p.given_name, p.family_name, p.account.partition("@")[0], p.source_id)
    }
    words = {word for text in texts for word in _WORD.findall(text)} | texts
    parts = {part for word in words for part in word.split("-")}
    return frozenset(w for w in words | parts if len(w) > 1 and not w.isdecimal())


def _with_slots(roster: Roster, known: Roster) -> tuple[Person, ...]:
    groups, before = by_person(roster.memberships), by_key(known.persons)
    prefixes = {p.key: _prefix(p, groups.get(p.key, ())) for p in roster.persons}
    kept = {p.key: before[p.key].slot for p in roster.persons if _stays(p, prefixes, before)}
    taken = _taken(known, frozenset(prefixes) - frozenset(kept))
    return tuple(
        replace(p, slot=kept.get(p.key) or _lowest(prefixes[p.key], p.schools, taken))
        for p in roster.persons
    )


def _prefix(person: Person, groups: Iterable[GroupKey]) -> str:
    if person.role is Role.TEACHER:
        return _TEACHERS
    classes = (group.name for group in groups if group.kind is GroupKind.CLASS)
    return next(classes, _WITHOUT_CLASS)


def _stays(person: Person, prefixes: dict[str, str], before: dict[str, Person]) -> bool:
    """Whether a person has a number already, in the same class of the same school."""
    old = before.get(person.key)
    if old is None or not set(old.schools).intersection(person.schools):
        return False
    return old.slot.rpartition("-")[0] == prefixes[person.key]


def _taken(known: Roster, moving: frozenset[str]) -> dict[str, set[str]]:
    """Slots by school that nobody else may get; who is not in the source still has one."""
    taken: dict[str, set[str]] = defaultdict(set)
    for person in known.persons:
        for school in person.schools if person.key not in moving else ():
            taken[school].add(person.slot)
    return taken


def _lowest(prefix: str, schools: tuple[str, ...], taken: dict[str, set[str]]) -> str:
    labels = (f"{prefix}-{number:02d}" for number in count(1))
    used = [taken[school] for school in schools]
    slot = next(label for label in labels if not any(label in slots for slots in used))
    for slots in used:
        slots.add(slot)
    return slot
