"""What somebody decided for a scope: profiles, apps, absences, a name.

Here: the decision as a value. Not here: which one wins on a device (policies.desired).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from policies.errors import InvalidWish
from policies.scope import Scope
from policies.wishes import ProfileKind


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """One version of a profile in the library.

    identifier: the top-level PayloadIdentifier, the same in every version.
    uuid: the top-level PayloadUUID, another one as soon as the content is another one.
    """

    identifier: str
    uuid: str
    kind: ProfileKind
    version: int
    profile_id: int

    def __post_init__(self) -> None:
        if not self.identifier or not self.uuid:
            raise InvalidWish("profile", "identifier and UUID must not be empty")


@dataclass(frozen=True, slots=True)
class AppChoice:
    """identifier: the bundle identifier. store_id: None for an app that comes by manifest."""

    identifier: str
    store_id: int | None = None

    def __post_init__(self) -> None:
        if not self.identifier:
            raise InvalidWish("app", "the bundle identifier must not be empty")


@dataclass(frozen=True, slots=True)
class Assignment:
    """What somebody decided for a scope.

    absent_profiles, absent_apps: identifiers of what must go there; removing an app deletes its
        data, so an app leaves by such a wish only and never because a wish ended.
    """

    scope: Scope
    since: datetime
    profiles: tuple[ProfileVersion, ...] = ()
    apps: tuple[AppChoice, ...] = ()
    absent_profiles: tuple[str, ...] = ()
    absent_apps: tuple[str, ...] = ()
    device_name: str | None = None
