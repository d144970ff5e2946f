"""How updates are offered, delayed and installed by themselves; iPadOS 18.

Here: the settings; several combine key by key, mostly the stricter wins.
Not here: updates that must be installed (update_enforcement.py), which no delay holds back.

source: Apple, schema "Software Update:Settings".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_text, stated

TYPE = "com.apple.configuration.softwareupdate.settings"


class Automatic(Enum):
    """Who decides: the person at the iPad, or we."""

    PERSON_DECIDES = "Allowed"
    ALWAYS = "AlwaysOn"
    NEVER = "AlwaysOff"


class Recommended(Enum):
    """Which one is shown while Apple offers updates of two major versions."""

    ALL = "All"
    OLDEST = "Oldest"
    NEWEST = "Newest"


@dataclass(frozen=True, slots=True)
class BetaProgram:
    """A programme of test versions. token: of the organisation, from Apple School Manager."""

    description: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        require_text("Description", self.description)
        require_text("Token", self.token)


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """Everything about updates; None: no opinion.

    delay_days: how long a release is hidden after it appeared, 1 to 90.
    notify: False: people are told one hour before a deadline only.
    security_improvements: offered to people; removable: they may take them off again.
    required_beta: only where `betas` is ALWAYS, and not beside `offered_betas`.
    raises: InvalidPayload.
    """

    delay_days: int | None = None
    download: Automatic | None = None
    install: Automatic | None = None
    install_security: Automatic | None = None
    notify: bool | None = None
    recommended: Recommended | None = None
    security_improvements: bool | None = None
    security_improvements_removable: bool | None = None
    betas: Automatic | None = None
    offered_betas: tuple[BetaProgram, ...] = ()
    required_beta: BetaProgram | None = None

    def __post_init__(self) -> None:
        if self.download is Automatic.NEVER and Automatic.ALWAYS in (
            self.install,
            self.install_security,
        ):
            raise InvalidPayload(
                "AutomaticActions.InstallOSUpdates",
                "installs what is never downloaded",
                "let it download, or leave one of the two out",
            )
        self._require_programmes_that_fit()
        if not _keys(self):
            raise InvalidPayload("Payload", "says nothing", "set something")

    def _require_programmes_that_fit(self) -> None:
        if self.required_beta and self.betas is not Automatic.ALWAYS:
            raise InvalidPayload(
                "Beta.RequireProgram", "needs ProgramEnrollment AlwaysOn", "set it, or leave it out"
            )
        if self.required_beta and self.offered_betas:
            raise InvalidPayload(
                "Beta.OfferPrograms", "stands beside RequireProgram", "keep one of the two"
            )
        if self.offered_betas and self.betas is Automatic.NEVER:
            raise InvalidPayload(
                "Beta.OfferPrograms", "offers what is forbidden", "keep one of the two"
            )


def update_settings(settings: UpdateSettings, identifier: str) -> Declaration:
    """Write the settings as a declaration.

    raises: InvalidPayload.
    """
    return checked_declaration(TYPE, identifier, _keys(settings))


def read(payload: Mapping[str, Any]) -> UpdateSettings:
    """Read what a declaration says. payload: as the tables accept it. raises: InvalidPayload."""
    actions, beta = payload.get("AutomaticActions", {}), payload.get("Beta", {})
    small, cadence = payload.get("RapidSecurityResponse", {}), payload.get("RecommendedCadence")
    required = beta.get("RequireProgram")
    return UpdateSettings(
        delay_days=payload.get("Deferrals", {}).get("CombinedPeriodInDays"),
        download=_automatic(actions, "Download"),
        install=_automatic(actions, "InstallOSUpdates"),
        install_security=_automatic(actions, "InstallSecurityUpdate"),
        notify=payload.get("Notifications"),
        recommended=None if cadence is None else Recommended(cadence),
        security_improvements=small.get("Enable"),
        security_improvements_removable=small.get("EnableRollback"),
        betas=_automatic(beta, "ProgramEnrollment"),
        offered_betas=tuple(_read_program(one) for one in beta.get("OfferPrograms", ())),
        required_beta=None if required is None else _read_program(required),
    )


def _automatic(keys: Mapping[str, Any], key: str) -> Automatic | None:
    return Automatic(keys[key]) if key in keys else None


def _read_program(program: Mapping[str, str]) -> BetaProgram:
    return BetaProgram(program["Description"], program["Token"])


def _keys(settings: UpdateSettings) -> dict[str, object]:
    return stated(
        {
            "Notifications": settings.notify,
            "Deferrals": {"CombinedPeriodInDays": settings.delay_days},
            "RecommendedCadence": settings.recommended,
            "AutomaticActions": {
                "Download": settings.download,
                "InstallOSUpdates": settings.install,
                "InstallSecurityUpdate": settings.install_security,
            },
            "RapidSecurityResponse": {
                "Enable": settings.security_improvements,
                "EnableRollback": settings.security_improvements_removable,
            },
            "Beta": {
                "ProgramEnrollment": settings.betas,
                "OfferPrograms": [_program(program) for program in settings.offered_betas],
                "RequireProgram": settings.required_beta and _program(settings.required_beta),
            },
        }
    )


def _program(program: BetaProgram) -> dict[str, str]:
    return {"Description": program.description, "Token": program.token}
