"""A profile that somebody made elsewhere: read, its signature proven, judged.

Here: what must not go to an iPad under the name of a school, whoever made it, and what is worth a
warning. Not here: names that a particular server keeps for itself (mdm.rooms.blueprints.custom),
which iPads obey a key (profiles.schema.hints).

source: Apple, Device Management, TopLevel, "Configuring multiple devices using profiles".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509

from profiles import cms, plist
from profiles.configuration_profile import MAX_BYTES, ConfigurationProfile, Payload, read_profile
from profiles.errors import InvalidPayload
from profiles.payloads.certificates import Certificate
from profiles.payloads.mdm import PAYLOAD_TYPE as MDM
from profiles.payloads.passcode import FEWEST_SAFE_FAILURES
from profiles.payloads.passcode import PAYLOAD_TYPE as PASSCODE
from profiles.schema import reader
from profiles.schema.tables import facts_of, payload_types
from profiles.variables import find_unknown

_ASN1_SEQUENCE = b"\x30"
_PEM = b"-----BEGIN"
_BINARY = b"bplist"
_ENROLLING = frozenset({"Profile Service", "Configuration Profile Service"})
_LOCKING = "com.apple.app.lock"
# By type of payload, what it would do.
_REFUSED: Mapping[str, str] = {
    MDM: "would take the iPad to another management",
    "com.apple.declarations": "would take the iPad to another management",
    "com.apple.profileRemovalPassword": "would let a password decide what is removed",
    "Configuration": "is a profile inside the profile",
    **dict.fromkeys(_ENROLLING, "would enrol the iPad elsewhere"),
}
_ENCRYPTED = ("EncryptedPayloadContent", "IsEncrypted")
_SHORTEST_SHOWN = 40


class WarningKind(StrEnum):
    """What an author should know, and may want all the same."""

    UNKNOWN_TYPE = "unknown_type"  # its keys could not be checked
    NOT_FOR_IPAD = "not_for_ipad"  # iPads take no payload of this type
    REMOVAL_DISALLOWED = "removal_disallowed"  # says nothing for what a server installs
    SIGNER_NOT_VALID = "signer_not_valid"  # the certificate is too old, or not valid yet


@dataclass(frozen=True, slots=True)
class UploadWarning:
    """field: path of the key. about: the type of the payload; empty for the whole profile."""

    kind: WarningKind
    field: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ProfileSignature:
    """Who signed. The signature holds; whether to trust the name is a person's decision.

    subject: of the certificate, RFC 4514. fingerprint: SHA-256 in hexadecimal digits.
    """

    subject: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class UploadedProfile:
    """signature: None for a profile that nobody signed."""

    profile: ConfigurationProfile
    signature: ProfileSignature | None = None
    warnings: tuple[UploadWarning, ...] = ()


def read_upload(body: bytes, now: datetime) -> UploadedProfile:
    """Read a profile that somebody uploads, and refuse what must not come in.

    body: XML, or a signed message around it; at most 8 MiB.
    raises: CmsError, BadSignature, MalformedPlist, MalformedMessage, InvalidPayload, all with the
        path of the key (`PayloadContent[2].PayloadIdentifier`).
    """
    plain, signature, warned = _opened(body, now)
    message = plist.read_dict(plain, max_bytes=MAX_BYTES)
    _refuse_enrolling(message)
    _refuse_encrypted(message)
    _refuse_repeated(message)
    profile = read_profile(plain)
    _refuse_locking_out(profile)
    for place, payload in enumerate(profile.payloads):
        _check(f"PayloadContent[{place}]", payload)
    return UploadedProfile(profile, signature, (*warned, *_warnings(profile)))


def _opened(
    body: bytes, now: datetime
) -> tuple[bytes, ProfileSignature | None, tuple[UploadWarning, ...]]:
    """The XML inside, who signed it, and whether his certificate is valid."""
    if len(body) > MAX_BYTES:
        raise InvalidPayload("profile", "is larger than 8 MiB", "take large files out of it")
    if body.startswith((_BINARY, _PEM)):
        raise InvalidPayload("profile", "is not XML", "export it as XML or as a signed profile")
    if not body.startswith(_ASN1_SEQUENCE):
        return body, None, ()
    signed, plain = cms.verify_attached(body, max_bytes=MAX_BYTES)
    if plain.startswith(_ASN1_SEQUENCE):
        problem = "is signed or encrypted once more inside"
        raise InvalidPayload("profile", problem, "export it with one signature at most")
    der = signed.signer.certificate_der
    signature = ProfileSignature(_subject(der), cms.fingerprint(der).hex())
    # Its key has proven the signature, so it can be read.
    if cms.valid_at(x509.load_der_x509_certificate(der), now):
        return plain, signature, ()
    return plain, signature, (UploadWarning(WarningKind.SIGNER_NOT_VALID, "signature"),)


def _subject(der: bytes) -> str:
    try:
        return Certificate.read(der).subject
    except InvalidPayload:
        # A name that cannot be decoded; the fingerprint still says who it was.
        return ""


def _refuse_enrolling(message: Mapping[str, object]) -> None:
    if message.get("PayloadType") in _ENROLLING:
        raise InvalidPayload(
            "PayloadType", "would enrol the iPad elsewhere", "upload a profile with settings"
        )


def _refuse_encrypted(message: Mapping[str, object]) -> None:
    for path, key, value in _keys("", message):
        if key in _ENCRYPTED and value is not False:
            raise InvalidPayload(path, "readable for one device only", "give it unencrypted")


def _refuse_repeated(message: Mapping[str, object]) -> None:
    """Devices refuse the whole profile for it, and name neither."""
    parts = _parts(message)
    for key in ("PayloadIdentifier", "PayloadUUID"):
        seen: dict[str, str] = {}
        for path, part in parts:
            value = part.get(key)
            if not isinstance(value, str):
                continue
            named = f"{path}{key}"
            first = seen.setdefault(value.upper() if key == "PayloadUUID" else value, named)
            if first != named:
                raise InvalidPayload(named, f"is the same as {first}", "give each its own")


def _parts(message: Mapping[str, object]) -> list[tuple[str, Mapping[str, object]]]:
    """The profile and its payloads, each with the beginning of its path."""
    members = message.get("PayloadContent")
    found: list[tuple[str, Mapping[str, object]]] = [("", message)]
    for place, member in enumerate(members if isinstance(members, list) else ()):
        if isinstance(member, Mapping):
            found.append((f"PayloadContent[{place}].", member))
    return found


def _refuse_locking_out(profile: ConfigurationProfile) -> None:
    if profile.further.get("HasRemovalPasscode") is True:
        raise InvalidPayload(
            "HasRemovalPasscode", "would let a password decide what is removed", "leave it out"
        )
    types = {payload.type for payload in profile.payloads}
    if profile.removal_disallowed and _LOCKING in types:
        raise InvalidPayload(
            "PayloadRemovalDisallowed",
            "would lock the iPad into one app for good",
            "leave it out: only this server removes the profile",
        )


def _check(path: str, payload: Payload) -> None:
    if payload.type in _REFUSED:
        raise InvalidPayload(f"{path}.PayloadType", _REFUSED[payload.type], "leave it out")
    for key, value in payload.content.items():
        if unknown := find_unknown(value):
            shown = unknown[0][:_SHORTEST_SHOWN]
            problem = f"holds the unknown variable {shown}"
            raise InvalidPayload(f"{path}.{key}", problem, "write $$ for a dollar sign")
    if payload.type in payload_types():
        for problem_in in reader.problems_in(payload.type, payload.content):
            field = f"{path}.{problem_in.field}"
            raise InvalidPayload(field, problem_in.problem, problem_in.next_step)
    _refuse_hasty_erasing(path, payload)


def _refuse_hasty_erasing(path: str, payload: Payload) -> None:
    failures = payload.content.get("maxFailedAttempts") if payload.type == PASSCODE else None
    if isinstance(failures, int) and failures < FEWEST_SAFE_FAILURES:
        raise InvalidPayload(
            f"{path}.maxFailedAttempts", "erases an iPad too soon", "give 4 to 11, or leave it out"
        )


def _warnings(profile: ConfigurationProfile) -> Iterator[UploadWarning]:
    if profile.removal_disallowed:
        yield UploadWarning(WarningKind.REMOVAL_DISALLOWED, "PayloadRemovalDisallowed")
    for place, payload in enumerate(profile.payloads):
        path = f"PayloadContent[{place}].PayloadType"
        if payload.type not in payload_types():
            yield UploadWarning(WarningKind.UNKNOWN_TYPE, path, payload.type)
        elif facts_of(payload.type).since is None:
            yield UploadWarning(WarningKind.NOT_FOR_IPAD, path, payload.type)


def _keys(path: str, value: object) -> Iterator[tuple[str, str, object]]:
    """Every key at any depth, with its path and value."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            below = f"{path}.{key}".lstrip(".")
            yield below, key, entry
            yield from _keys(below, entry)
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _keys(f"{path}[{place}]", entry)
