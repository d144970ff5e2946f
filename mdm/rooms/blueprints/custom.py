"""A profile that somebody made elsewhere: read, judged, and put under our name.

Here: what this server keeps for itself. Not here: what may come into no school at all
(profiles.uploaded_profile), what an iPad thinks of its keys (profiles.schema).
"""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from mdm.base.errors import InvalidInput
from mdm.rooms.blueprints.contents import CHALLENGE_SLOT
from mdm.rooms.blueprints.naming import HOUSE_PREFIX
from policies.wishes import ProfileKind
from profiles.configuration_profile import ConfigurationProfile
from profiles.payloads.restrictions import PAYLOAD_TYPE as RESTRICTIONS
from profiles.payloads.wifi import PAYLOAD_TYPE as WIFI
from profiles.uploaded_profile import UploadedProfile, read_upload

_CERTIFICATES = "com.apple.security."


def read_custom(file: bytes, now: datetime) -> UploadedProfile:
    """Read a profile somebody uploads, plain or signed, and refuse what must not come in.

    raises: InvalidInput; InvalidPayload, MalformedMessage, MalformedPlist, CmsError (unreadable,
        a wrong signature, encrypted, an identifier or UUID twice, dangerous, keys that no iPad
        takes).
    """
    uploaded = read_upload(file, now)
    _refuse_ours(uploaded.profile)
    _refuse_an_end(uploaded.profile)
    for number, payload in enumerate(uploaded.profile.payloads):
        if CHALLENGE_SLOT in _texts(payload.content):
            where = f"PayloadContent[{number}]"
            raise InvalidInput(where, "holds a word that is reserved", "Choose another one.")
    return uploaded


def summary_of(uploaded: UploadedProfile) -> dict[str, Any]:
    """What people may see of an upload: who signed it, and what they were warned of."""
    signature = uploaded.signature
    return {
        "original": uploaded.profile.identifier,
        "signed_by": asdict(signature) if signature is not None else None,
        "warnings": [asdict(warning) for warning in uploaded.warnings],
    }


def kind_of(profile: ConfigurationProfile) -> ProfileKind:
    """What a profile is mainly for, by its payloads; a network counts most."""
    types = {payload.type for payload in profile.payloads}
    if WIFI in types:
        return ProfileKind.WIFI
    if RESTRICTIONS in types:
        return ProfileKind.RESTRICTIONS
    is_trust = all(name.startswith(_CERTIFICATES) for name in types)
    return ProfileKind.CERTIFICATE if is_trust else ProfileKind.OTHER


def under_our_name(
    profile: ConfigurationProfile, identifier: str, name: str
) -> ConfigurationProfile:
    """The same payloads in a profile that plans recognise as ours."""
    return replace(profile, identifier=identifier, display_name=name)


def _refuse_ours(profile: ConfigurationProfile) -> None:
    """Nobody but us makes profiles of our names, the one that enrols above all."""
    names = [profile.identifier, *(payload.identifier for payload in profile.payloads)]
    if any(f"{name}.".startswith(f"{HOUSE_PREFIX}.") for name in names):
        hint = "Give it an identifier of its own."
        raise InvalidInput("PayloadIdentifier", "belongs to this server", hint)


def _refuse_an_end(profile: ConfigurationProfile) -> None:
    """One that removes itself would be installed again for ever: an assignment ends it."""
    if profile.removal_date is not None:
        raise InvalidInput("RemovalDate", "is not used here", "End the assignment instead.")
    if "DurationUntilRemoval" in profile.further:
        raise InvalidInput(
            "DurationUntilRemoval", "is not used here", "End the assignment instead."
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _texts(member)
