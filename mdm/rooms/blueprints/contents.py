"""The content of a profile's version: sealed at rest, filled in for one device.

Here: sealing, opening, filling, and the slot in which a device gets a certificate of its own.
Not here: making and saving profiles (service.py), when they leave (mdm.rooms.commands).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mdm.base.vault import Vault
from mdm.rooms.blueprints.models import ProfileVersion
from profiles.configuration_profile import (
    ConfigurationProfile,
    Payload,
    read_profile,
    to_bytes,
)
from profiles.payloads.identity import ScepIdentity, Subject, scep_payload
from profiles.payloads.restrictions import PAYLOAD_TYPE as RESTRICTIONS
from profiles.payloads.wifi import PAYLOAD_TYPE as WIFI
from profiles.variables import DeviceVariables, fill

# Stands where the one-time challenge of a device will be. No content of another author may
# hold it, or a challenge of ours would travel to a stranger's server.
CHALLENGE_SLOT = "KLASSENSATZ-CHALLENGE-OF-THE-DEVICE"
SCEP_TYPE = "com.apple.security.scep"
_REFERENCE = "PayloadCertificateUUID"
_SUBJECT = Subject((("CN", "Klassensatz"),))
# The address is put in at delivery too, so that a profile outlives a move of the server.
_NOWHERE = "https://klassensatz.invalid/scep"


def seal_content(vault: Vault, profile: ConfigurationProfile, version: int) -> bytes:
    """Seal a version's content, bound to its profile and number."""
    return vault.seal(to_bytes(profile), _context(profile.identifier, version))


def open_content(vault: Vault, identifier: str, version: ProfileVersion) -> ConfigurationProfile:
    """Open a version's content: a template, with variables still in it. raises: SealBroken."""
    plain = vault.open(version.sealed_content, _context(identifier, version.version))
    return read_profile(plain)


def filled(profile: ConfigurationProfile, variables: DeviceVariables) -> ConfigurationProfile:
    """Put a device's facts into the contents; what identifies the profile stays the same.

    raises: InvalidPayload, when the device lacks a fact that the profile refers to.
    """
    payloads = tuple(
        replace(payload, content=fill(payload.content, variables)) for payload in profile.payloads
    )
    return replace(profile, payloads=payloads)


def identity_slot(identifier: str) -> Payload:
    """The payload that asks for a certificate of the device's own, before there is a device."""
    return scep_payload(ScepIdentity(_NOWHERE, CHALLENGE_SLOT, _SUBJECT), identifier)


def wants_identity(profile: ConfigurationProfile) -> bool:
    """Whether a profile has such a payload."""
    return any(_is_slot(payload) for payload in profile.payloads)


def with_identity(
    profile: ConfigurationProfile, *, url: str, challenge: str, ca_fingerprint: bytes
) -> ConfigurationProfile:
    """Let the device fetch its certificate, at each installation with a new key.

    The payloads that refer to it follow; the profile's own UUID, by which we know its version,
    stays.
    """
    payloads: list[Payload] = []
    renamed: dict[str, str] = {}
    for payload in profile.payloads:
        if _is_slot(payload):
            identity = ScepIdentity(url, challenge, _SUBJECT, ca_fingerprint)
            made = scep_payload(identity, payload.identifier, payload.display_name)
            renamed[payload.uuid] = made.uuid
            payloads.append(made)
        else:
            payloads.append(payload)
    return replace(profile, payloads=tuple(_pointing(payload, renamed) for payload in payloads))


def networks_of(profile: ConfigurationProfile) -> list[str]:
    """The networks that a profile joins; they are no secrets."""
    names = [p.content.get("SSID_STR") for p in profile.payloads if p.type == WIFI]
    return [name for name in names if isinstance(name, str)]


def restrictions_of(profile: ConfigurationProfile) -> dict[str, Any]:
    """The restrictions of a profile by key, as JSON says them; they are no secrets."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for payload in profile.payloads
        if payload.type == RESTRICTIONS
        for key, value in payload.content.items()
    }


def _pointing(payload: Payload, renamed: Mapping[str, str]) -> Payload:
    target = payload.content.get(_REFERENCE)
    if not isinstance(target, str) or target not in renamed:
        return payload
    return replace(payload, content={**payload.content, _REFERENCE: renamed[target]})


def _is_slot(payload: Payload) -> bool:
    request: Any = payload.content.get("PayloadContent")
    return (
        payload.type == SCEP_TYPE
        and isinstance(request, Mapping)
        and request.get("Challenge") == CHALLENGE_SLOT
    )


def _context(identifier: str, version: int) -> str:
    return f"profile_version.content:{identifier}:{version}"
