"""Configuration profiles: the envelope around payloads, to bytes and back.

Here: the profile and its payloads as values, and the rules that hold for all of them.
Not here: what one type of payload may hold (profiles.payloads, profiles.schema), signing
(profiles.cms).
source: Apple, Device Management, TopLevel and CommonPayloadKeys.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from profiles import cms, plist
from profiles.errors import InvalidPayload, MalformedMessage
from profiles.identifiers import payload_uuid
from profiles.plist import PlistValue, WritableValue

CONTENT_TYPE = "application/x-apple-aspen-config"
MAX_BYTES = 8 * 1024 * 1024

_TYPE = "Configuration"
_VERSION = 1
_COMMON_KEYS = frozenset(
    {
        "PayloadType",
        "PayloadIdentifier",
        "PayloadUUID",
        "PayloadVersion",
        "PayloadDisplayName",
        "PayloadDescription",
        "PayloadOrganization",
    }
)
_PROFILE_KEYS = _COMMON_KEYS | {
    "PayloadContent",
    "PayloadRemovalDisallowed",
    "PayloadScope",
    "RemovalDate",
}
_ASN1_SEQUENCE = b"\x30"


class Scope(Enum):
    """Whom a profile is for; only Macs look at it."""

    SYSTEM = "System"
    USER = "User"


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload of a profile.

    content: the keys of its type alone, without the common ones.
    raises: InvalidPayload.
    """

    type: str
    identifier: str
    uuid: str
    display_name: str
    content: Mapping[str, WritableValue]
    version: int = _VERSION
    description: str = ""
    organization: str = ""

    def __post_init__(self) -> None:
        _require_text(PayloadType=self.type)
        _require_text(PayloadIdentifier=self.identifier, PayloadUUID=self.uuid)
        taken = sorted(_COMMON_KEYS.intersection(self.content))
        if taken:
            raise InvalidPayload(taken[0], "belongs to the payload itself", "leave it out")


@dataclass(frozen=True, slots=True)
class ConfigurationProfile:
    """A profile: the same identifier replaces, another UUID tells another revision.

    removal_date: when the device removes it by itself (aware), or None.
    further: top-level keys that have no field here, kept as they are.
    raises: InvalidPayload, if an identifier or UUID is empty or comes twice, or no payload is in.
    """

    identifier: str
    uuid: str
    display_name: str
    payloads: tuple[Payload, ...]
    organization: str = ""
    description: str = ""
    removal_disallowed: bool = False
    scope: Scope = Scope.SYSTEM
    removal_date: datetime | None = None
    further: Mapping[str, WritableValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_text(PayloadIdentifier=self.identifier, PayloadUUID=self.uuid)
        if not self.payloads:
            raise InvalidPayload("PayloadContent", "no payload inside", "add at least one")
        # Devices refuse the whole profile for it: errors 1007, 1008 and 4002.
        everything: tuple[ConfigurationProfile | Payload, ...] = (self, *self.payloads)
        _require_distinct("PayloadIdentifier", (one.identifier for one in everything))
        _require_distinct("PayloadUUID", (one.uuid.upper() for one in everything))
        taken = sorted(_PROFILE_KEYS.intersection(self.further))
        if taken:
            raise InvalidPayload(taken[0], "has a field of its own", "set the field")


def to_bytes(profile: ConfigurationProfile) -> bytes:
    """Write a profile as XML, unsigned; the same profile gives the same bytes.

    raises: MalformedMessage, if a value has no form in a property list.
    """
    return plist.write(_profile_dictionary(profile))


def with_content_uuid(profile: ConfigurationProfile) -> ConfigurationProfile:
    """Give the profile the UUID of its content, so that ProfileList shows any drift."""
    content = _profile_dictionary(profile)
    del content["PayloadUUID"]
    return replace(profile, uuid=payload_uuid(content, profile.identifier))


def read_profile(body: bytes) -> ConfigurationProfile:
    """Read a profile, be it plain XML or signed.

    body: at most 8 MiB. Of a signed one the signature must hold, whoever made it: a stranger's
        certificate is no fault here.
    raises: CmsError, MalformedPlist, MalformedMessage with the path of the key
        (`PayloadContent[2].PayloadType`), InvalidPayload.
    """
    if body.startswith(_ASN1_SEQUENCE):
        _, body = cms.verify_attached(body, max_bytes=MAX_BYTES)
    message = plist.read_dict(body, max_bytes=MAX_BYTES)
    if plist.text(message, "PayloadType") != _TYPE:
        raise MalformedMessage("PayloadType", "not Configuration")
    if "EncryptedPayloadContent" in message:
        raise InvalidPayload(
            "EncryptedPayloadContent", "readable for one device only", "give it unencrypted"
        )
    return ConfigurationProfile(
        identifier=plist.text(message, "PayloadIdentifier"),
        uuid=plist.text(message, "PayloadUUID"),
        display_name=plist.optional_text(message, "PayloadDisplayName") or "",
        payloads=_read_payloads(message),
        organization=plist.optional_text(message, "PayloadOrganization") or "",
        description=plist.optional_text(message, "PayloadDescription") or "",
        removal_disallowed=plist.boolean(message, "PayloadRemovalDisallowed", default=False),
        scope=_read_scope(message),
        removal_date=plist.optional_date(message, "RemovalDate"),
        further={key: value for key, value in message.items() if key not in _PROFILE_KEYS},
    )


def _read_payloads(message: Mapping[str, PlistValue]) -> tuple[Payload, ...]:
    payloads = []
    for index, member in enumerate(plist.dictionaries(message, "PayloadContent")):
        try:
            payloads.append(_read_payload(member))
        except MalformedMessage as error:
            path = f"PayloadContent[{index}].{error.field}"
            raise MalformedMessage(path, error.problem) from error
    return tuple(payloads)


def _read_payload(member: Mapping[str, PlistValue]) -> Payload:
    return Payload(
        type=plist.text(member, "PayloadType"),
        identifier=plist.text(member, "PayloadIdentifier"),
        uuid=plist.text(member, "PayloadUUID"),
        display_name=plist.optional_text(member, "PayloadDisplayName") or "",
        content={key: value for key, value in member.items() if key not in _COMMON_KEYS},
        version=plist.integer(member, "PayloadVersion"),
        description=plist.optional_text(member, "PayloadDescription") or "",
        organization=plist.optional_text(member, "PayloadOrganization") or "",
    )


def _read_scope(message: Mapping[str, PlistValue]) -> Scope:
    try:
        return Scope(plist.optional_text(message, "PayloadScope") or Scope.SYSTEM.value)
    except ValueError as error:
        raise MalformedMessage("PayloadScope", "unknown value") from error


def _profile_dictionary(profile: ConfigurationProfile) -> dict[str, WritableValue]:
    written: dict[str, WritableValue] = {
        **_common_keys(profile, _TYPE, _VERSION),
        "PayloadScope": profile.scope.value,
        "PayloadRemovalDisallowed": profile.removal_disallowed,
    }
    if profile.removal_date is not None:
        written["RemovalDate"] = profile.removal_date
    written.update(profile.further)
    written["PayloadContent"] = [
        {**_common_keys(payload, payload.type, payload.version), **payload.content}
        for payload in profile.payloads
    ]
    return written


def _common_keys(
    part: ConfigurationProfile | Payload, payload_type: str, version: int
) -> dict[str, WritableValue]:
    written: dict[str, WritableValue] = {
        "PayloadType": payload_type,
        "PayloadVersion": version,
        "PayloadIdentifier": part.identifier,
        "PayloadUUID": part.uuid,
    }
    for key, text in (
        ("PayloadDisplayName", part.display_name),
        ("PayloadDescription", part.description),
        ("PayloadOrganization", part.organization),
    ):
        if text:
            written[key] = text
    return written


def _require_text(**fields: str) -> None:
    for key, text in fields.items():
        if not text:
            raise InvalidPayload(key, "empty", "give it a value")


def _require_distinct(key: str, values: Iterable[str]) -> None:
    found = list(values)
    if len(set(found)) != len(found):
        raise InvalidPayload(key, "comes twice in the profile", "give each its own")
