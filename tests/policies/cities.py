"""Generated cities: places in schools, grades, classes and groups, and rules for any of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import strategies as st

from policies.assignment import AppChoice, Assignment, OsTarget, ProfileVersion, Successor
from policies.city import Place
from policies.scope import CITY, Scope, ScopeKind
from policies.wishes import ProfileKind
from tests.policies.builders import NOW, profile

ROLLOUT = 5
DAY = timedelta(days=1)

SCHOOLS = ("11", "12")
GRADES = ("8", "9")
CLASSES = ("a", "b")
GROUPS = (Scope(ScopeKind.GROUP, "1"), Scope(ScopeKind.GROUP, "2"))
PROFILES: tuple[ProfileVersion, ...] = tuple(
    profile(identifier, version, kind)
    for identifier, kind in (
        ("school.wlan", ProfileKind.WIFI),
        ("school.rules", ProfileKind.RESTRICTIONS),
        ("school.mail", ProfileKind.OTHER),
    )
    for version in (1, 2)
)
SUCCEEDED = tuple(
    replace(first, successors=(Successor(ROLLOUT, second),))
    for first, second in zip(PROFILES[::2], PROFILES[1::2], strict=True)
)
APPS = (AppChoice("de.example.maths", 1), AppChoice("de.example.music", 2))


def school(number: str) -> Scope:
    return Scope(ScopeKind.SCHOOL, number)


def grade(number: str, name: str) -> Scope:
    return Scope(ScopeKind.GRADE, f"{number}/{name}")


def class_of(number: str, name: str) -> Scope:
    return Scope(ScopeKind.CLASS, f"{number}/{name}")


def around(number: str, year: str, letter: str) -> frozenset[Scope]:
    return frozenset(
        {CITY, school(number), grade(number, year), class_of(number, f"{year}{letter}")}
    )


AROUND = tuple(
    around(number, year, letter) for number in SCHOOLS for year in GRADES for letter in CLASSES
)


def place(device: int, where: frozenset[Scope], released: frozenset[int] = frozenset()) -> Place:
    return Place(device, f"ipad-{device}", where, released)


@dataclass(frozen=True)
class City:
    """rules: each with its home, the city or a school."""

    homed: tuple[tuple[Scope, Assignment], ...]
    places: tuple[Place, ...]

    @property
    def rules(self) -> dict[Scope, tuple[Assignment, ...]]:
        return by_home(self.homed)

    def alone(self, one: Place) -> list[Assignment]:
        """The rules that hold where a device is."""
        return [rule for home, rule in self.homed if home in one.around]


def by_home(homed: Iterable[tuple[Scope, Assignment]]) -> dict[Scope, tuple[Assignment, ...]]:
    found: dict[Scope, list[Assignment]] = defaultdict(list)
    for home, rule in homed:
        found[home].append(rule)
    return {home: tuple(rules) for home, rules in found.items()}


@st.composite
def places(draw: st.DrawFn) -> tuple[Place, ...]:
    def one(device: int) -> Place:
        groups = draw(st.sets(st.sampled_from(GROUPS)))
        released = draw(st.sampled_from([frozenset[int](), frozenset({ROLLOUT})]))
        return place(device, draw(st.sampled_from(AROUND)) | groups, released)

    return tuple(one(device) for device in range(1, draw(st.integers(1, 10)) + 1))


scopes = st.sampled_from(
    (
        CITY,
        *sorted(set().union(*AROUND) - {CITY}, key=str),
        *GROUPS,
        Scope(ScopeKind.DEVICE, "ipad-1"),
        Scope(ScopeKind.DEVICE, "ipad-2"),
    )
)
sinces = st.integers(1, 5).map(lambda days: NOW - days * DAY)
starts = st.none() | st.sampled_from([NOW - DAY, NOW + DAY])
ends = st.none() | st.sampled_from([NOW - DAY / 2, NOW + 2 * DAY])
rollouts = st.sampled_from([None, None, None, ROLLOUT])

rules = st.builds(
    Assignment,
    scopes,
    sinces,
    profiles=st.lists(st.sampled_from(PROFILES + SUCCEEDED), max_size=2).map(tuple),
    apps=st.lists(st.sampled_from(APPS), max_size=1).map(tuple),
    absent_profiles=st.sampled_from([(), (), ("school.mail",)]),
    absent_apps=st.sampled_from([(), (), ("de.example.music",)]),
    device_name=st.sampled_from([None, None, "$SERIAL"]),
    os_version=st.sampled_from([None, None, OsTarget("26.1", NOW.replace(tzinfo=None))]),
    starts_at=starts,
    ends_at=ends,
    rollout=rollouts,
    ending_rollout=rollouts,
)

homed = st.tuples(st.sampled_from([CITY, CITY, school("11"), school("12")]), rules)
cities = st.builds(City, st.lists(homed, max_size=8).map(tuple), places())


@dataclass(frozen=True)
class Change:
    """A city before and after: rules that went and came, iPads that moved."""

    before: City
    after: City


@st.composite
def changes(draw: st.DrawFn, moving: bool = True) -> Change:
    """A city and what somebody does to it; with `moving` also to places."""
    before = draw(cities)
    kept = tuple(rule for rule in before.homed if draw(st.integers(0, 3)))
    begun = draw(st.lists(homed, max_size=2).map(tuple))
    after = City((*kept, *begun), before.places)
    if moving and draw(st.booleans()):
        after = replace(after, places=tuple(_moved(draw, after.places)))
    return Change(before, after)


def _moved(draw: st.DrawFn, where: tuple[Place, ...]) -> Iterator[Place]:
    for one in where:
        if draw(st.booleans()):
            yield one
        else:
            yield replace(one, around=draw(st.sampled_from(AROUND)))


def large_city(devices: int) -> City:
    """A city of that many iPads: classes of 27, four in each of six grades of a school, ten rules
    for each iPad."""
    where: list[Place] = []
    decided = [Assignment(CITY, NOW, (_own(number),)) for number in range(2)]
    for first in range(0, devices, 27 * 24):
        number = str(first // (27 * 24) + 1)
        decided += [Assignment(school(number), NOW, (_own(10 + each),)) for each in range(4)]
        for year in map(str, range(5, 11)):
            decided += [Assignment(grade(number, year), NOW, (_own(20 + n),)) for n in range(2)]
            for letter in "abcd":
                here = around(number, year, letter)
                name = class_of(number, f"{year}{letter}")
                decided += [Assignment(name, NOW, (_own(30 + n),)) for n in range(2)]
                where += [place(len(where) + each, here) for each in range(27)]
    return City(tuple((CITY, rule) for rule in decided), tuple(where[:devices]))


def _own(number: int) -> ProfileVersion:
    return profile(f"school.p{number}")
