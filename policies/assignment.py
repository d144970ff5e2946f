"""What somebody decided for a scope: profiles, apps, declarations, a version, absences, a name.

Here: the decision as a value, and whether it holds for a device at an instant. Not here: which one
wins on a device (policies.desired), how a blueprint is written down (policies.blueprint).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from policies.errors import InvalidWish
from policies.scope import Scope
from policies.wishes import NO_CONTENT, ProfileContent, ProfileDelivery, ProfileKind
from profiles.declarations.declaration import Declaration
from profiles.declarations.json_form import read_object
from profiles.errors import InvalidPayload, MalformedMessage
from profiles.schema.os_version import OsVersion


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """One version of a profile in the library.

    identifier: the top-level PayloadIdentifier, the same in every version.
    uuid: the top-level PayloadUUID, another one as soon as the content is another one.
    successors: of what is given in its newest version: the versions on their way, the one
        decided last at the end.
    """

    identifier: str
    uuid: str
    kind: ProfileKind
    version: int
    profile_id: int
    delivery: ProfileDelivery = ProfileDelivery.COMMAND
    content: ProfileContent = NO_CONTENT
    successors: tuple[Successor, ...] = ()

    def __post_init__(self) -> None:
        if not self.identifier or not self.uuid:
            raise InvalidWish("profile", "identifier and UUID must not be empty")


@dataclass(frozen=True, slots=True)
class Successor:
    """A version that takes the place of another one where an open roll-out has released it.

    rollout: its number.
    """

    rollout: int
    version: ProfileVersion


@dataclass(frozen=True, slots=True)
class AppChoice:
    """identifier: the bundle identifier. store_id: None for an app that comes by manifest."""

    identifier: str
    store_id: int | None = None
    required: bool = True

    def __post_init__(self) -> None:
        if not self.identifier:
            raise InvalidWish("app", "the bundle identifier must not be empty")


@dataclass(frozen=True, slots=True)
class DeclarationChoice:
    """A configuration of declarative management.

    identifier: the same for all versions of one setting, as declaration_identifier makes it.
    content: the payload as canonical JSON.
    raises: InvalidWish.
    """

    identifier: str
    declaration_type: str
    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        try:
            payload = read_object(self.content, "Payload")
            Declaration(self.declaration_type, self.identifier, payload)
        except (InvalidPayload, MalformedMessage) as error:
            raise InvalidWish("declaration", "is no declaration") from error


@dataclass(frozen=True, slots=True)
class OsTarget:
    """version: exact, such as 26.0.1. deadline: on the clock of the device, without time zone.

    raises: InvalidWish.
    """

    version: str
    deadline: datetime

    def __post_init__(self) -> None:
        try:
            OsVersion.parse(self.version)
        except ValueError as error:
            raise InvalidWish("os_version", "is no version") from error
        if self.deadline.tzinfo is not None or self.deadline.microsecond:
            raise InvalidWish("deadline", "must be whole seconds without a time zone")


@dataclass(frozen=True, slots=True)
class Assignment:
    """What somebody decided for a scope.

    absent_profiles, absent_apps: identifiers of what must go there; removing an app deletes its
        data, so an app leaves by such a wish only and never because a wish ended.
    starts_at, ends_at: aware; it holds from the first until just before the second, None: open.
    rollout: number of the open roll-out that brings it: it holds only for devices which that one
        has released. ending_rollout: of the one that takes it away: it holds until released.
    """

    scope: Scope
    since: datetime
    profiles: tuple[ProfileVersion, ...] = ()
    apps: tuple[AppChoice, ...] = ()
    absent_profiles: tuple[str, ...] = ()
    absent_apps: tuple[str, ...] = ()
    device_name: str | None = None
    declarations: tuple[DeclarationChoice, ...] = ()
    os_version: OsTarget | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    rollout: int | None = None
    ending_rollout: int | None = None


def in_force(decided: Assignment, released: Collection[int], now: datetime) -> bool:
    """Whether a decision holds at an instant for a device that is inside its scope.

    released: numbers of the open roll-outs that have reached the device.
    """
    if decided.starts_at is not None and now < decided.starts_at:
        return False
    if decided.ends_at is not None and now >= decided.ends_at:
        return False
    if decided.rollout is not None and decided.rollout not in released:
        return False
    return decided.ending_rollout is None or decided.ending_rollout not in released


def version_for(profile: ProfileVersion, released: Collection[int]) -> ProfileVersion:
    """The version that a device has by a decision for a profile.

    released: numbers of the open roll-outs that have reached the device.
    returns: without successors, and on the way on which the profile comes.
    """
    arrived = [one.version for one in profile.successors if one.rollout in released]
    chosen = arrived[-1] if arrived else profile
    return replace(chosen, delivery=profile.delivery, successors=())


def next_edge(decisions: Iterable[Assignment], now: datetime) -> datetime | None:
    """When the next of their windows begins or ends, None if time changes nothing any more."""
    edges = (at for decided in decisions for at in (decided.starts_at, decided.ends_at))
    return min((at for at in edges if at is not None and at > now), default=None)
