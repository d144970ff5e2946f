"""An update that must be installed by a given time; iPadOS 17.

Here: one version and one deadline; several such declarations stand side by side, and the earliest
comes first. Not here: which versions Apple still signs, and whether the time suits a lesson
(policies): a deadline in the past restarts the iPad within the hour.

source: Apple, schema "Software Update:Enforcement:Specific".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.payloads.stating import stated
from profiles.payloads.web_address import require_web

TYPE = "com.apple.configuration.softwareupdate.enforcement.specific"

_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}(\.[0-9]{1,3})?", re.ASCII)
_BUILD = re.compile(r"[0-9]{1,3}[A-Z][0-9]{1,10}[a-z]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class EnforcedUpdate:
    """One exact version, and when it is installed at the latest.

    version: with its minor number; 26.0 does not mean 26.0.1.
    deadline: on the iPad's own clock wherever it is, so without a time zone; whole seconds.
    build: for a test version only; the version wins over a build that contradicts it.
    details_url: a page that explains it to people.
    raises: InvalidPayload.
    """

    version: str
    deadline: datetime
    build: str | None = None
    details_url: str | None = None

    def __post_init__(self) -> None:
        if not _VERSION.fullmatch(self.version):
            raise InvalidPayload(
                "TargetOSVersion", "is no exact version", "write it like 26.1 or 26.0.1"
            )
        if self.build is not None and not _BUILD.fullmatch(self.build):
            raise InvalidPayload("TargetBuildVersion", "is no build", "write it like 23B85")
        if self.deadline.tzinfo is not None:
            raise InvalidPayload(
                "TargetLocalDateTime", "has a time zone", "give the time on the iPad's clock"
            )
        if self.deadline.microsecond:
            raise InvalidPayload(
                "TargetLocalDateTime", "has parts of a second", "give whole seconds"
            )
        if self.details_url is not None:
            require_web("DetailsURL", self.details_url)


def enforced_update(update: EnforcedUpdate, identifier: str) -> Declaration:
    """Write an update with its deadline as a declaration.

    raises: InvalidPayload.
    """
    payload = {
        "TargetOSVersion": update.version,
        "TargetBuildVersion": update.build,
        "TargetLocalDateTime": update.deadline.isoformat(timespec="seconds"),
        "DetailsURL": update.details_url,
    }
    return checked_declaration(TYPE, identifier, stated(payload))
