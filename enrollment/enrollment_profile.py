"""The profile that enrols: roots to trust, an identity, and the MDM payload, and nothing else.

Here: the profile for a first enrollment and for a renewal, and what a renewal must not change.
Not here: the payloads' own keys (profiles/payloads), signing, the challenge's life.

It passes through many hands before the device has proved anything, so it holds no secret but
the one-time challenge: no WLAN, no account. Those follow as commands.

source: Apple, "MDM" and "SCEP" payloads; Apple, "Renewing the identity of a managed device".
"""

import re
from dataclasses import dataclass, field, replace

from enrollment.errors import InvalidEnrollmentProfile
from profiles.configuration_profile import ConfigurationProfile, Payload, with_content_uuid
from profiles.errors import InvalidPayload
from profiles.identifiers import payload_identifier
from profiles.payloads.certificates import Certificate, CertificateRole, certificate_payload
from profiles.payloads.identity import ScepIdentity, Subject, scep_payload
from profiles.payloads.mdm import (
    ALL_RIGHTS,
    AccessRights,
    MdmSettings,
    ServerCapability,
    mdm_payload,
)

# Payloads are templates in which a dollar sign starts a variable, and SCEP clients write the
# challenge in differing kinds of strings: these characters mean the same everywhere.
_CHALLENGE = re.compile(r"[A-Za-z0-9_.~+/=:-]{16,255}")
_NEVER_CHANGED = ("identifier", "topic", "server_url", "check_in_url")


@dataclass(frozen=True, slots=True)
class EnrollmentProfileSettings:
    """All that an enrollment profile says.

    identifier: of the profile, such as de.beispielstadt.klassensatz.enrol; the same for ever.
    topic, server_url, check_in_url: can never be changed on an enrolled device.
    challenge: one-time, 16 to 255 letters, digits and - _ . ~ + / = :
    common_name: for the certificate's subject; the authority puts in its own anyway.
    roots: certificates in DER that the device needs to trust the server, empty with a public one.
    ca_fingerprint: of the authority's certificate; needed when `scep_url` is not https.
    removal_disallowed: whether the user cannot remove it; only supervised devices obey.
    """

    identifier: str
    display_name: str
    organization: str
    topic: str
    server_url: str
    check_in_url: str
    scep_url: str
    challenge: str = field(repr=False)
    common_name: str
    roots: tuple[bytes, ...] = ()
    ca_fingerprint: bytes | None = None
    access_rights: AccessRights = ALL_RIGHTS
    capabilities: frozenset[ServerCapability] = frozenset(ServerCapability)
    removal_disallowed: bool = False
    description: str = ""


def build(settings: EnrollmentProfileSettings) -> ConfigurationProfile:
    """Make the profile for one device and one challenge.

    Another challenge gives other PayloadUUIDs; the identifiers stay.
    raises: InvalidEnrollmentProfile.
    """
    if not _CHALLENGE.fullmatch(settings.challenge):
        raise InvalidEnrollmentProfile("challenge", "too short or of doubtful characters")
    try:
        identity = _identity(settings)
        payloads = (*_roots(settings), identity, _management(settings, identity.uuid))
        return with_content_uuid(_profile(settings, payloads))
    except InvalidPayload as error:
        raise InvalidEnrollmentProfile(error.field, error.problem) from error


def renewal(
    installed: EnrollmentProfileSettings, settings: EnrollmentProfileSettings
) -> ConfigurationProfile:
    """Make the profile that renews a device's identity, to be installed over the present one.

    installed: what the device was enrolled with. settings: with a new challenge.
    raises: InvalidEnrollmentProfile, if the device would refuse the change.
    """
    for name in _NEVER_CHANGED:
        if getattr(installed, name) != getattr(settings, name):
            raise InvalidEnrollmentProfile(name, "differs from the installed profile")
    if settings.access_rights & ~installed.access_rights:
        raise InvalidEnrollmentProfile("access_rights", "more than the device has granted")
    per_user = ServerCapability.PER_USER_CONNECTIONS
    if (per_user in installed.capabilities) != (per_user in settings.capabilities):
        raise InvalidEnrollmentProfile("capabilities", "differs in per-user connections")
    if installed.challenge == settings.challenge:
        raise InvalidEnrollmentProfile("challenge", "used before")
    return build(settings)


def _profile(
    settings: EnrollmentProfileSettings, payloads: tuple[Payload, ...]
) -> ConfigurationProfile:
    return ConfigurationProfile(
        identifier=settings.identifier,
        # Stands in until the content is complete and gives the profile its own.
        uuid=payloads[-1].identifier,
        display_name=settings.display_name,
        payloads=tuple(replace(p, organization=settings.organization) for p in payloads),
        organization=settings.organization,
        description=settings.description,
        removal_disallowed=settings.removal_disallowed,
    )


def _roots(settings: EnrollmentProfileSettings) -> list[Payload]:
    payloads = []
    for number, der in enumerate(settings.roots, start=1):
        certificate = Certificate.read(der)
        is_root = certificate.is_self_issued
        role = CertificateRole.ROOT if is_root else CertificateRole.INTERMEDIATE
        name = payload_identifier(settings.identifier, f"trust{number}")
        payloads.append(certificate_payload(certificate, role, name))
    return payloads


def _identity(settings: EnrollmentProfileSettings) -> Payload:
    subject = Subject((("O", settings.organization), ("CN", settings.common_name)))
    identity = ScepIdentity(
        url=settings.scep_url,
        challenge=settings.challenge,
        subject=subject,
        ca_fingerprint=settings.ca_fingerprint,
    )
    return scep_payload(identity, payload_identifier(settings.identifier, "scep"))


def _management(settings: EnrollmentProfileSettings, identity_uuid: str) -> Payload:
    management = MdmSettings(
        topic=settings.topic,
        server_url=settings.server_url,
        identity_uuid=identity_uuid,
        check_in_url=settings.check_in_url,
        access_rights=settings.access_rights,
        capabilities=settings.capabilities,
    )
    return mdm_payload(management, payload_identifier(settings.identifier, "mdm"))
