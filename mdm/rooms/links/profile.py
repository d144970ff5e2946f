"""The enrolment profile of this server, signed: for a first enrolment, and for a renewal."""

from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.enrollment_profile import EnrollmentProfileSettings, build
from mdm.base.db import Tx
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.authority import push
from mdm.rooms.authority import service as authority
from profiles import cms
from profiles.configuration_profile import to_bytes

# The same for ever: a renewal replaces the profile that has this identifier.
IDENTIFIER = "org.klassensatz.enrollment"


def enrollment_profile(tx: Tx, vault: Vault, settings: Settings, challenge: str) -> bytes:
    """Build and sign the profile that enrols, or renews, with a one-time challenge.

    raises: NoPushCertificate, InvalidEnrollmentProfile.
    """
    root = authority.root_certificate(tx)
    der = root.public_bytes(Encoding.DER)
    url = settings.public_url.rstrip("/")
    wanted = EnrollmentProfileSettings(
        identifier=IDENTIFIER,
        display_name=settings.organization,
        organization=settings.organization,
        topic=push.current_topic(tx),
        server_url=f"{url}/mdm/connect",
        check_in_url=f"{url}/mdm/checkin",
        scep_url=f"{url}/scep",
        challenge=challenge,
        common_name="Klassensatz",
        roots=(der,),
        ca_fingerprint=cms.fingerprint(der),
    )
    signer = authority.signer(tx, vault)
    unsigned = to_bytes(build(wanted))
    return cms.sign_attached(unsigned, signer.certificate, signer.private_key, (root,))
