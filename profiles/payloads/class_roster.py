"""Classes and people as Classroom knows them.

Here: the lists and what must agree between them. Not here: the payload
(profiles.payloads.classroom), where the lists come from (the rosters of schools).

source: Apple, "EducationConfiguration" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_distinct, require_some, require_text
from profiles.payloads.web_address import require_https


class PasscodeType(Enum):
    """What a person types to sign in on a Shared iPad."""

    FOUR_DIGITS = "four"
    SIX_DIGITS = "six"
    COMPLEX = "complex"


@dataclass(frozen=True, slots=True)
class Person:
    """A teacher or pupil; all texts are taken literally.

    identifier: stable and without meaning. name: as Classroom shows it.
    apple_account: the Managed Apple Account, needed on Shared iPads.
    """

    identifier: str
    name: str = field(repr=False)
    given_name: str | None = field(default=None, repr=False)
    family_name: str | None = field(default=None, repr=False)
    image_url: str | None = field(default=None, repr=False)
    apple_account: str | None = field(default=None, repr=False)
    passcode: PasscodeType | None = None

    def __post_init__(self) -> None:
        require_text("Users.Identifier", self.identifier)
        require_text("Users.Name", self.name)
        if self.image_url is not None:
            require_https("Users.ImageURL", self.image_url)


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class or course.

    beacon_id: 0 to 65535, unique in the whole organization.
    leaders, members: identifiers of people.
    """

    beacon_id: int
    name: str
    leaders: tuple[str, ...]
    members: tuple[str, ...]
    description: str | None = None
    device_groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_text("Groups.Name", self.name)
        require_distinct("Groups.LeaderIdentifiers", self.leaders)
        require_distinct("Groups.MemberIdentifiers", self.members)


@dataclass(frozen=True, slots=True)
class Department:
    """Classes that a Shared iPad shows together."""

    name: str
    beacon_ids: tuple[int, ...]

    def __post_init__(self) -> None:
        require_text("Departments.Name", self.name)
        require_some("Departments.GroupBeaconIDs", self.beacon_ids, "name a class")


@dataclass(frozen=True, slots=True)
class DeviceGroup:
    """iPads of a trolley, only told to leaders."""

    identifier: str
    name: str
    serials: tuple[str, ...]

    def __post_init__(self) -> None:
        require_text("DeviceGroups.Identifier", self.identifier)
        require_text("DeviceGroups.Name", self.name)


@dataclass(frozen=True, slots=True)
class Roster:
    """The classes that one iPad knows, with all their people.

    raises: InvalidPayload when a class names somebody or something that is not here, or when two
        have the same identifier.
    """

    classes: tuple[SchoolClass, ...]
    people: tuple[Person, ...]
    device_groups: tuple[DeviceGroup, ...] = ()

    def __post_init__(self) -> None:
        require_distinct("Users", (person.identifier for person in self.people))
        require_distinct("Groups", (str(group.beacon_id) for group in self.classes))
        require_distinct("DeviceGroups", (group.identifier for group in self.device_groups))
        people = {person.identifier for person in self.people}
        devices = {group.identifier for group in self.device_groups}
        for place, group in enumerate(self.classes):
            where = f"Groups[{place}]"
            _require_known(f"{where}.LeaderIdentifiers", group.leaders, people)
            _require_known(f"{where}.MemberIdentifiers", group.members, people)
            _require_known(f"{where}.DeviceGroupIdentifiers", group.device_groups, devices)


def _require_known(field_name: str, names: tuple[str, ...], known: set[str]) -> None:
    for place, name in enumerate(names):
        if name not in known:
            raise InvalidPayload(
                f"{field_name}[{place}]", "is not in the list", "add it, or take the name out"
            )
