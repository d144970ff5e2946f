"""Which apps may be seen and opened; iPadOS 27, supervised.

Here: allowed and denied apps, and permissions that are suggested for an app. Of several such
configurations the allowed lists intersect and the denied ones add up.
Not here: the same for older devices (profiles.payloads.restrictions).

source: Apple, schema "App:Settings".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_app, require_text, stated

TYPE = "com.apple.configuration.app.settings"

# Stands for all web clips in both lists.
WEB_CLIPS = "com.apple.webapp"

# Without the settings nobody at the iPad can join a network or see why it does not work.
SETTINGS_APP = "com.apple.Preferences"

_ALLOW = "Allow"
_NO_OPINION = "None"
_SWITCHES = {
    "camera": "Camera",
    "microphone": "Microphone",
    "bluetooth": "Bluetooth",
    "local_network": "LocalNetwork",
    "dictation": "Dictation",
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "OrganizationJustification": (),
    **dict.fromkeys(_SWITCHES.values(), (_ALLOW,)),
    "Location": ("WhileUsing", "Always"),
    "LocationAccuracy": ("Approximate", "Precise"),
}
_KNOWN = ", ".join(_CHOICES)


class Location(Enum):
    """When the app may know where the iPad is."""

    WHILE_IN_USE = "WhileUsing"
    ALWAYS = "Always"


class Accuracy(Enum):
    """How precisely it may know."""

    APPROXIMATE = "Approximate"
    PRECISE = "Precise"


@dataclass(frozen=True, slots=True)
class SuggestedPermissions:
    """What people are asked once to allow an app as a whole; they may say no.

    justification: why, as they read it.
    """

    justification: str
    camera: bool = False
    microphone: bool = False
    bluetooth: bool = False
    local_network: bool = False
    dictation: bool = False
    location: Location | None = None
    accuracy: Accuracy | None = None

    def __post_init__(self) -> None:
        require_text("OrganizationJustification", self.justification)


@dataclass(frozen=True, slots=True)
class AppRules:
    """Which apps; identifiers of apps, or WEB_CLIPS.

    allowed: None: all but the denied; otherwise only these are seen.
    permissions: identifier of an app → what is suggested for it.
    raises: InvalidPayload.
    """

    allowed: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()
    permissions: Mapping[str, SuggestedPermissions] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_apps("Allowed.AllowedApps", self.allowed or ())
        _require_apps("Allowed.DeniedApps", self.denied)
        _require_apps("Privacy.PermissionDefaults", self.permissions)
        if self.allowed is None and not self.denied and not self.permissions:
            raise InvalidPayload("Allowed", "says nothing", "name an app")
        if self.allowed is not None and not self.allowed:
            raise InvalidPayload("Allowed.AllowedApps", "allows nothing", "name the allowed apps")
        if self.denied & (self.allowed or frozenset()):
            raise InvalidPayload(
                "Allowed.DeniedApps", "denies what is allowed", "keep the app in one of the lists"
            )

    @property
    def hides_settings(self) -> bool:
        """Whether nobody could open the settings of the iPad; a preview should say so."""
        return SETTINGS_APP in self.denied or (
            self.allowed is not None and SETTINGS_APP not in self.allowed
        )


def app_settings(rules: AppRules, identifier: str) -> Declaration:
    """Write the rules as a declaration.

    raises: InvalidPayload.
    """
    payload = {
        "Allowed": {
            "AllowedApps": None if rules.allowed is None else sorted(rules.allowed),
            "DeniedApps": sorted(rules.denied),
        },
        "Privacy": {
            "PermissionDefaults": {
                app: _permissions(rules.permissions[app]) for app in sorted(rules.permissions)
            }
        },
    }
    return checked_declaration(TYPE, identifier, stated(payload))


def read(payload: Mapping[str, Any]) -> AppRules:
    """Read what a declaration says. payload: as the tables accept it. raises: InvalidPayload."""
    lists = payload.get("Allowed", {})
    permissions = payload.get("Privacy", {}).get("PermissionDefaults", {})
    return AppRules(
        frozenset(lists["AllowedApps"]) if "AllowedApps" in lists else None,
        frozenset(lists.get("DeniedApps", ())),
        {app: _read_permissions(app, suggested) for app, suggested in permissions.items()},
    )


def _read_permissions(app: str, suggested: object) -> SuggestedPermissions:
    """The tables leave open what stands below the name of an app, so all of it is checked here."""
    path = f"Privacy.PermissionDefaults.{app[:80]}"
    if not isinstance(suggested, Mapping):
        raise InvalidPayload(path, "is no dictionary", "give its keys")
    for key, value in suggested.items():
        if key not in _CHOICES:
            raise InvalidPayload(f"{path}.{key[:80]}", "is not a known key", f"use {_KNOWN}")
        if _CHOICES[key] and value not in (_NO_OPINION, *_CHOICES[key]):
            hint = f"use {', '.join((_NO_OPINION, *_CHOICES[key]))}"
            raise InvalidPayload(f"{path}.{key}", "is not one of the choices", hint)
    justification = suggested.get("OrganizationJustification", "")
    if not isinstance(justification, str):
        raise InvalidPayload(f"{path}.OrganizationJustification", "is no text", "give a text")
    chosen = {key: value for key, value in suggested.items() if value != _NO_OPINION}
    return SuggestedPermissions(
        justification,
        **{name: key in chosen for name, key in _SWITCHES.items()},
        location=Location(chosen["Location"]) if "Location" in chosen else None,
        accuracy=Accuracy(chosen["LocationAccuracy"]) if "LocationAccuracy" in chosen else None,
    )


def _permissions(suggested: SuggestedPermissions) -> dict[str, object]:
    switches = {key: getattr(suggested, name) for name, key in _SWITCHES.items()}
    return {
        "OrganizationJustification": suggested.justification,
        **{key: _ALLOW for key, allowed in switches.items() if allowed},
        "Location": suggested.location,
        "LocationAccuracy": suggested.accuracy,
    }


def _require_apps(key: str, apps: Iterable[str]) -> None:
    for app in sorted(apps):
        require_app(key, app)
