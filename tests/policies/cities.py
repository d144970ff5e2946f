"""Generated cities: places in schools, grades, classes and groups, and rules for any of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import strategies as st

from policies.assignment import (
    AppChoice,
    Assignment,
    DeclarationChoice,
    OsTarget,
    ProfileVersion,
    Successor,
)
from policies.city import Place
from policies.scope import CITY, Scope, ScopeKind
from policies.wishes import ProfileContent, ProfileKind
from profiles.declarations.configurations import passcode, update_settings
from profiles.declarations.json_form import canonical
from tests.policies.builders import NOW, profile

ROLLOUT, LATER_ROLLOUT, OWN_ROLLOUT = 5, 6, 7
DAY = timedelta(days=1)

SCHOOLS = ("11", "12")
GRADES = ("8", "9")
CLASSES = ("a", "b")
GROUPS = (Scope(ScopeKind.GROUP, "1"), Scope(ScopeKind.GROUP, "2"))
PERSONAL = (
    *GROUPS,
    Scope(ScopeKind.COURSE, "12/1"),
    Scope(ScopeKind.TROLLEY, "12/1"),
    Scope(ScopeKind.TROLLEY, "12/2"),
)
"""Scopes that tell classmates apart."""
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
    replace(first, successors=(Successor(ROLLOUT, first), Successor(LATER_ROLLOUT, second))[each:])
    for first, second in zip(PROFILES[::2], PROFILES[1::2], strict=True)
    for each in (0, 1)
)
# Two for one network exclude each other, and of restrictions the stricter one applies.
DISPUTED = (
    replace(PROFILES[0], identifier="class.wlan", content=ProfileContent(("Schule",))),
    replace(PROFILES[0], identifier="city.wlan", content=ProfileContent(("Schule",))),
    *(
        replace(
            PROFILES[2],
            identifier=f"{who}.rules",
            content=ProfileContent(restrictions=(("allowCamera", allowed),)),
        )
        for who, allowed in (("class", "true"), ("city", "false"))
    ),
)
DECLARATIONS = (
    DeclarationChoice("cfg.class", passcode.TYPE, canonical({"MinimumLength": 4})),
    DeclarationChoice("cfg.class", passcode.TYPE, canonical({"MinimumLength": 6})),
    DeclarationChoice("cfg.city", passcode.TYPE, canonical({"MinimumLength": 8})),
    DeclarationChoice("cfg.updates", update_settings.TYPE, canonical({"Notifications": True})),
    DeclarationChoice("cfg.quiet", update_settings.TYPE, canonical({"Notifications": False})),
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
        personal = draw(st.sets(st.sampled_from(PERSONAL), max_size=3))
        released = draw(st.frozensets(st.sampled_from([ROLLOUT, LATER_ROLLOUT])))
        return place(device, draw(st.sampled_from(AROUND)) | personal, released)

    return tuple(one(device) for device in range(1, draw(st.integers(2, 8)) + 1))


# Each kind often: with one iPad in dozens of scopes nothing would ever meet.
scopes = st.one_of(
    st.just(CITY),
    st.sampled_from(sorted(set().union(*AROUND) - {CITY}, key=str)),
    st.sampled_from(PERSONAL),
    st.sampled_from([Scope(ScopeKind.DEVICE, "ipad-1"), Scope(ScopeKind.DEVICE, "ipad-2")]),
)
sinces = st.integers(1, 5).map(lambda days: NOW - days * DAY)
# Most rules hold: what never meets another one proves nothing.
starts = st.sampled_from([None, None, None, NOW - DAY, NOW + DAY])
ends = st.sampled_from([None, None, None, NOW + 2 * DAY, NOW - DAY / 2])
rollouts = st.sampled_from([None, None, None, None, ROLLOUT, LATER_ROLLOUT])

rules = st.builds(
    Assignment,
    scopes,
    sinces,
    profiles=st.lists(
        st.sampled_from(PROFILES + SUCCEEDED) | st.sampled_from(DISPUTED), max_size=2
    ).map(tuple),
    apps=st.lists(st.sampled_from(APPS), max_size=1).map(tuple),
    absent_profiles=st.sampled_from([(), (), ("school.mail",)]),
    absent_apps=st.sampled_from([(), (), ("de.example.music",)]),
    declarations=st.lists(st.sampled_from(DECLARATIONS), max_size=1).map(tuple),
    device_name=st.sampled_from([None, None, "$SERIAL"]),
    os_version=st.sampled_from([None, None, OsTarget("26.1", NOW.replace(tzinfo=None))]),
    starts_at=starts,
    ends_at=ends,
    rollout=rollouts,
    ending_rollout=rollouts,
)

homed = st.tuples(st.sampled_from([CITY, CITY, CITY, school("11"), school("12")]), rules)
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
    kept = tuple(rule for rule in before.homed if draw(st.integers(0, 2)))
    begun = draw(st.lists(homed, min_size=1, max_size=3).map(tuple))
    after = City((*kept, *begun), before.places)
    if moving and draw(st.booleans()):
        after = replace(after, places=tuple(_moved(draw, after.places)))
    return Change(before, after)


@dataclass(frozen=True)
class OnItsWay:
    """A change of rules that a roll-out of its own brings ring by ring."""

    before: City
    way: City
    after: City


@st.composite
def on_their_way(draw: st.DrawFn) -> OnItsWay:
    """What stays, perhaps with new versions; what begins and what ends with the roll-out."""
    staying, coming, going = (draw(st.lists(homed, max_size=most)) for most in (4, 2, 2))
    coming = [(home, replace(rule, rollout=None)) for home, rule in coming]
    going = [(home, replace(rule, ending_rollout=None)) for home, rule in going]
    begun = [(home, replace(rule, rollout=OWN_ROLLOUT)) for home, rule in coming]
    ending = [(home, replace(rule, ending_rollout=OWN_ROLLOUT)) for home, rule in going]
    renewed = succeeded = staying
    if draw(st.booleans()):
        renewed = [(home, _each(rule, _renewed)) for home, rule in staying]
        succeeded = [(home, _each(rule, _succeeded)) for home, rule in staying]
    where = draw(places())
    return OnItsWay(
        City((*staying, *going), where),
        City((*succeeded, *ending, *begun), where),
        City((*renewed, *coming), where),
    )


def _each(rule: Assignment, change: Callable[[ProfileVersion], ProfileVersion]) -> Assignment:
    return replace(rule, profiles=tuple(change(version) for version in rule.profiles))


def _renewed(version: ProfileVersion) -> ProfileVersion:
    return replace(version, uuid="uuid-3", version=3, successors=())


def _succeeded(version: ProfileVersion) -> ProfileVersion:
    newest = Successor(OWN_ROLLOUT, _renewed(version))
    return replace(version, successors=(*version.successors, newest))


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
