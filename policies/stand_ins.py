"""Profiles that stand in for declarations which a device does not take.

Here: what says the same in an older word: passcodes, the delay of updates, allowed and denied
apps. Not here: whether a device needs one (policies.routes).

The profile is made of the declaration alone, so the same declaration gives the same UUID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.wishes import ProfileKind, WantedDeclaration, WantedProfile
from profiles.configuration_profile import (
    ConfigurationProfile,
    Payload,
    to_bytes,
    with_content_uuid,
)
from profiles.declarations.configurations import app_settings, passcode, update_settings
from profiles.declarations.json_form import read_object
from profiles.errors import ProfileError
from profiles.identifiers import payload_identifier
from profiles.payloads.passcode import PasscodeRules, passcode_payload
from profiles.payloads.restrictions import Restrictions, restrictions_payload
from profiles.schema.os_version import OsVersion
from profiles.schema.tables import facts_of

_NAMES = {
    passcode.TYPE: "Gerätecode",
    update_settings.TYPE: "Aktualisierungen",
    app_settings.TYPE: "Erlaubte Apps",
}


@dataclass(frozen=True, slots=True)
class StandIn:
    """A profile, and its bytes, which are in no library.

    gone_in: the first version that does not know all of its keys any more; None: no version yet.
    """

    profile: WantedProfile
    body: bytes = field(repr=False)
    gone_in: OsVersion | None = None

    def works_on(self, installed: OsVersion | None) -> bool:
        """Whether a version still obeys it; a version that is not known is taken to do so."""
        return self.gone_in is None or installed is None or installed < self.gone_in


def stand_in(wanted: WantedDeclaration, prefix: str) -> StandIn | None:
    """Say with a profile what a declaration says.

    prefix: of the house's profiles.
    returns: None when no payload says anything of it.
    """
    make = _PAYLOADS.get(wanted.declaration_type)
    if make is None:
        return None
    try:
        identifier = stand_in_name(wanted.identifier, prefix)
        payload = make(read_object(wanted.content, "Payload"), identifier)
        if payload is None:
            return None
        return _profile(wanted, identifier, payload)
    except ProfileError:
        # What a payload cannot say as it stands is not said at all; the wish is named as unmet.
        return None


def may_stand_in(declaration_type: str) -> bool:
    """Whether some profile can say what declarations of a type say."""
    return declaration_type in _PAYLOADS


def stand_in_name(identifier: str, prefix: str) -> str:
    """The identifier of the profile that stands in for a declaration."""
    digest = hashlib.sha256(identifier.encode()).hexdigest()
    return f"{prefix}.declared.{digest[:16]}"


def _profile(wanted: WantedDeclaration, identifier: str, payload: Payload) -> StandIn:
    name = _NAMES[wanted.declaration_type]
    # The UUID follows from the content; until then any other one will do.
    drafted = ConfigurationProfile(identifier, "0", name, (payload,), removal_disallowed=True)
    profile = with_content_uuid(drafted)
    kind = ProfileKind.OTHER if payload.type.endswith("passwordpolicy") else _RESTRICTING
    wished = WantedProfile(identifier, profile.uuid, kind, 1, 0, wanted.reason)
    return StandIn(wished, to_bytes(profile), _gone_in(payload))


def _gone_in(payload: Payload) -> OsVersion | None:
    keys = facts_of(payload.type).keys
    removals = (keys[name].removed for name in payload.content if name in keys)
    return min((version for version in removals if version is not None), default=None)


_RESTRICTING = ProfileKind.RESTRICTIONS


def _passcode(said: Mapping[str, Any], identifier: str) -> Payload | None:
    complex_one = said.get("RequireComplexPasscode")
    rules = PasscodeRules(
        required=said.get("RequirePasscode", True),
        allow_simple=None if complex_one is None else not complex_one,
        require_alphanumeric=said.get("RequireAlphanumericPasscode"),
        minimum_length=said.get("MinimumLength"),
        minimum_complex_characters=said.get("MinimumComplexCharacters"),
        lock_after_min=said.get("MaximumInactivityInMinutes"),
        grace_period_min=said.get("MaximumGracePeriodInMinutes"),
        maximum_age_days=said.get("MaximumPasscodeAgeInDays"),
        history=said.get("PasscodeReuseLimit"),
        erase_after_failures=said.get("MaximumFailedAttempts"),
    )
    return passcode_payload(rules, payload_identifier(identifier, "passcode"))


def _updates(said: Mapping[str, Any], identifier: str) -> Payload | None:
    delay = said.get("Deferrals", {}).get("CombinedPeriodInDays")
    improvements = said.get("RapidSecurityResponse", {})
    return _restrictions(
        {
            "forceDelayedSoftwareUpdates": None if delay is None else True,
            "enforcedSoftwareUpdateDelay": delay,
            "allowRapidSecurityResponseInstallation": improvements.get("Enable"),
            "allowRapidSecurityResponseRemoval": improvements.get("EnableRollback"),
        },
        identifier,
    )


def _apps(said: Mapping[str, Any], identifier: str) -> Payload | None:
    lists = said.get("Allowed", {})
    return _restrictions(
        {
            "allowListedAppBundleIDs": lists.get("AllowedApps"),
            "blockedAppBundleIDs": lists.get("DeniedApps"),
        },
        identifier,
    )


def _restrictions(values: Mapping[str, Any], identifier: str) -> Payload | None:
    stated = {key: value for key, value in values.items() if value is not None}
    if not stated:
        return None
    return restrictions_payload(Restrictions(stated), payload_identifier(identifier, "keys"))


_PAYLOADS: dict[str, Callable[[Mapping[str, Any], str], Payload | None]] = {
    passcode.TYPE: _passcode,
    update_settings.TYPE: _updates,
    app_settings.TYPE: _apps,
}
