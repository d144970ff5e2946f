"""A generated city: schools, classes, iPads, and ten rules for each of them.

Here: values from numbers, the same every time. Not here: measuring (planning.py).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from policies.assignment import AppChoice, Assignment, OsTarget, ProfileVersion
from policies.city import Place
from policies.scope import CITY, Scope, ScopeKind
from policies.wishes import ProfileKind

GRADES = ("5", "6", "7", "8", "9", "10")
LETTERS = ("a", "b", "c", "d")
RULES_PER_DEVICE = 10


@dataclass(frozen=True, slots=True)
class GeneratedCity:
    """rules: by their home. places: one for each iPad, class after class, school after school."""

    rules: dict[Scope, tuple[Assignment, ...]]
    places: tuple[Place, ...]

    def with_rule(self, home: Scope, rule: Assignment) -> dict[Scope, tuple[Assignment, ...]]:
        """The rules after one more has been decided."""
        return {**self.rules, home: (*self.rules.get(home, ()), rule)}


def generate(schools: int, devices: int, since: datetime) -> GeneratedCity:
    """Make a city whose iPads are spread evenly over all classes."""
    rules: dict[Scope, list[Assignment]] = defaultdict(list)
    rules[CITY] = list(_of_city(since))
    classes: list[frozenset[Scope]] = []
    for number in range(1, schools + 1):
        home = Scope(ScopeKind.SCHOOL, str(number))
        rules[home] = list(_of_school(home, since))
        classes += _classes(home)
    places = tuple(
        Place(device, f"SIM{device:07d}", classes[device * len(classes) // devices])
        for device in range(devices)
    )
    return GeneratedCity({home: tuple(found) for home, found in rules.items()}, places)


def new_app_for_grade(school: str, grade: str, since: datetime) -> Assignment:
    """What somebody decides for one grade of one school."""
    scope = Scope(ScopeKind.GRADE, f"{school}/{grade}")
    return Assignment(scope, since, apps=(AppChoice("de.example.vokabeln", 1_000_007),))


def _of_city(since: datetime) -> Iterator[Assignment]:
    """Two rules for everybody."""
    yield Assignment(CITY, since, (_profile("city.rules", ProfileKind.RESTRICTIONS),))
    # Local time of the iPad, as Apple wants a deadline.
    target = OsTarget("26.1", since.replace(tzinfo=None, microsecond=0))
    yield Assignment(CITY, since, os_version=target, device_name="$SERIAL")


def _of_school(home: Scope, since: datetime) -> Iterator[Assignment]:
    """Four rules for a school, two for each grade, two for each class."""
    name = f"school.{home.name}"
    yield Assignment(home, since, (_profile(f"{name}.wlan", ProfileKind.WIFI),))
    yield Assignment(home, since, (_profile(f"{name}.rules", ProfileKind.RESTRICTIONS),))
    yield Assignment(home, since, (_profile(f"{name}.filter", ProfileKind.OTHER),))
    yield Assignment(home, since, apps=(AppChoice("de.example.maths", 1_000_001),))
    for grade in GRADES:
        scope = Scope(ScopeKind.GRADE, f"{home.name}/{grade}")
        yield Assignment(scope, since, (_profile(f"{name}.{grade}", ProfileKind.OTHER),))
        yield Assignment(scope, since, apps=(AppChoice(f"de.example.grade{grade}", 1_000_002),))
        for letter in LETTERS:
            group = Scope(ScopeKind.CLASS, f"{home.name}/{grade}{letter}")
            yield Assignment(group, since, (_profile(f"{name}.class", ProfileKind.OTHER),))
            yield Assignment(group, since, apps=(AppChoice("de.example.music", 1_000_003),))


def _classes(home: Scope) -> Iterator[frozenset[Scope]]:
    """Everything around the iPads of each class, one shared set for all of a class."""
    for grade in GRADES:
        year = Scope(ScopeKind.GRADE, f"{home.name}/{grade}")
        for letter in LETTERS:
            group = Scope(ScopeKind.CLASS, f"{home.name}/{grade}{letter}")
            yield frozenset({CITY, home, year, group})


def _profile(identifier: str, kind: ProfileKind) -> ProfileVersion:
    return ProfileVersion(identifier, f"uuid-of-{identifier}", kind, 1, 1)
