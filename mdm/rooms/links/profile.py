"""The enrolment profile of this server, signed: for a first enrolment, and for a renewal."""

from dataclasses import replace

from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.enrollment_profile import EnrollmentProfileSettings, build, renewal
from mdm.base.db import Tx
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.authority import push
from mdm.rooms.authority import service as authority
from mdm.rooms.devices.models import Enrollment
from profiles import cms
from profiles.configuration_profile import ConfigurationProfile, to_bytes
from profiles.payloads.mdm import AccessRights

# The same for ever: a renewal replaces the profile that has this identifier.
IDENTIFIER = "org.klassensatz.enrollment"
_NO_CHALLENGE = ""


def enrollment_profile(tx: Tx, vault: Vault, settings: Settings, challenge: str) -> bytes:
    """Build and sign the profile that enrols, with a one-time challenge.

    raises: NoPushCertificate, InvalidEnrollmentProfile.
    """
    return _signed(tx, vault, build(_wanted(tx, settings, challenge)))


def renewal_profile(
    tx: Tx, vault: Vault, settings: Settings, enrollment: Enrollment, challenge: str
) -> bytes:
    """Build and sign the profile that renews the identity of one enrolled device.

    raises: NoPushCertificate; InvalidEnrollmentProfile, also when the device would refuse the
        change, as after a change of the push topic.
    """
    wanted = replace(
        _wanted(tx, settings, challenge), access_rights=AccessRights(enrollment.access_rights)
    )
    # What it enrolled with. Its addresses need no check: it could not have reached us.
    topic = enrollment.topic or wanted.topic
    installed = replace(wanted, topic=topic, challenge=_NO_CHALLENGE)
    return _signed(tx, vault, renewal(installed, wanted))


def scep_url(settings: Settings) -> str:
    """Where devices fetch certificates."""
    return f"{settings.public_url.rstrip('/')}/scep"


def ca_fingerprint(tx: Tx) -> bytes:
    """By which a device knows the authority: SHA-256 of its certificate."""
    return cms.fingerprint(authority.root_certificate(tx).public_bytes(Encoding.DER))


def _wanted(tx: Tx, settings: Settings, challenge: str) -> EnrollmentProfileSettings:
    url = settings.public_url.rstrip("/")
    return EnrollmentProfileSettings(
        identifier=IDENTIFIER,
        display_name=settings.organization,
        organization=settings.organization,
        topic=push.current_topic(tx),
        server_url=f"{url}/mdm/connect",
        check_in_url=f"{url}/mdm/checkin",
        scep_url=scep_url(settings),
        challenge=challenge,
        common_name="Klassensatz",
        roots=(authority.root_certificate(tx).public_bytes(Encoding.DER),),
        ca_fingerprint=ca_fingerprint(tx),
    )


def _signed(tx: Tx, vault: Vault, profile: ConfigurationProfile) -> bytes:
    signer = authority.signer(tx, vault)
    root = authority.root_certificate(tx)
    return cms.sign_attached(to_bytes(profile), signer.certificate, signer.private_key, (root,))
