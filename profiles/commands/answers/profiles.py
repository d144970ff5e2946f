"""The answers to ProfileList and ProvisioningProfileList.

A profile is as wanted when identifier and top-level UUID are: the UUID changes with the content.
"""

from dataclasses import dataclass, field
from datetime import datetime

from profiles.commands.answers.apps import DECLARATIVE_SOURCE
from profiles.commands.answers.fields import Fields, Listing, Values, read_list


@dataclass(frozen=True, slots=True)
class InstalledPayload:
    """One payload of an installed profile. uuid: since iPadOS 17."""

    payload_type: str
    identifier: str | None
    uuid: str | None
    version: int | None
    display_name: str | None


@dataclass(frozen=True, slots=True)
class InstalledProfile:
    """One profile on the device; None: not said.

    is_managed: installed by this server; supervised devices may leave it out.
    payloads: empty if the profile is encrypted. signers: certificates in DER.
    """

    identifier: str
    uuid: str | None
    version: int | None
    display_name: str | None
    organization: str | None
    is_managed: bool | None
    is_encrypted: bool | None
    is_removal_disallowed: bool | None
    has_removal_passcode: bool | None
    is_declared: bool
    payloads: tuple[InstalledPayload, ...] = ()
    signers: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ProvisioningProfile:
    """What lets an organisation's own app run. expires: in UTC."""

    uuid: str
    name: str | None
    expires: datetime | None


def read_profiles(body: Values) -> Listing[InstalledProfile]:
    """Read `ProfileList`; members without PayloadIdentifier are left out.

    raises: MalformedMessage, if it is missing or no array.
    """
    return read_list(body, "ProfileList", _profile)


def read_provisioning_profiles(body: Values) -> Listing[ProvisioningProfile]:
    """Read `ProvisioningProfileList`. raises: MalformedMessage."""
    return read_list(body, "ProvisioningProfileList", _provisioning_profile)


def _profile(fields: Fields) -> InstalledProfile | None:
    identifier = fields.text("PayloadIdentifier")
    if identifier is None:
        return None
    return InstalledProfile(
        identifier=identifier,
        uuid=fields.text("PayloadUUID"),
        version=fields.integer("PayloadVersion"),
        display_name=fields.text("PayloadDisplayName"),
        organization=fields.text("PayloadOrganization"),
        is_managed=fields.flag("IsManaged"),
        is_encrypted=fields.flag("IsEncrypted"),
        is_removal_disallowed=fields.flag("PayloadRemovalDisallowed"),
        has_removal_passcode=fields.flag("HasRemovalPasscode"),
        is_declared=fields.text("Source") == DECLARATIVE_SOURCE,
        payloads=fields.listing("PayloadContent", _payload),
        signers=fields.blobs("SignerCertificates"),
    )


def _payload(fields: Fields) -> InstalledPayload | None:
    payload_type = fields.text("PayloadType")
    if payload_type is None:
        return None
    return InstalledPayload(
        payload_type=payload_type,
        identifier=fields.text("PayloadIdentifier"),
        uuid=fields.text("PayloadUUID"),
        version=fields.integer("PayloadVersion"),
        display_name=fields.text("PayloadDisplayName"),
    )


def _provisioning_profile(fields: Fields) -> ProvisioningProfile | None:
    uuid = fields.text("UUID")
    if uuid is None:
        return None
    return ProvisioningProfile(uuid, fields.text("Name"), fields.moment("ExpiryDate"))
