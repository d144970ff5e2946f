"""Two payloads about checking certificates: exceptions from transparency, and revocation.

Here: certificates are told by the SHA-256 digest of their public key. Not here: certificates to
trust (profiles.payloads.certificates).

source: Apple, "CertificateTransparency" and "CertificateRevocation" payload documentation.
"""

from __future__ import annotations

import re

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_some, stated

TRANSPARENCY_TYPE = "com.apple.security.certificatetransparency"
REVOCATION_TYPE = "com.apple.security.certificaterevocation"

_SHA_256_BYTES = 32
# A full stop in front means the subdomains as well.
_DOMAIN = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII | re.IGNORECASE)


def certificate_transparency_payload(
    key_digests: tuple[bytes, ...],
    domains: tuple[str, ...],
    identifier: str,
    display_name: str = "Zertifikatstransparenz",
) -> Payload:
    """Write for which authorities and domains logs are not asked for; iPadOS 12.1.1.

    key_digests: SHA-256 of the public keys (SubjectPublicKeyInfo in DER).
    raises: InvalidPayload.
    """
    require_some("DisabledForCerts", (*key_digests, *domains), "name a certificate or a domain")
    for place, domain in enumerate(domains):
        if not _DOMAIN.fullmatch(domain):
            raise InvalidPayload(
                f"DisabledForDomains[{place}]", "is no domain", "write it like .example.org"
            )
    content = {
        "DisabledForCerts": _digests("DisabledForCerts", key_digests),
        "DisabledForDomains": domains,
    }
    return checked_payload(TRANSPARENCY_TYPE, identifier, display_name, stated(content))


def certificate_revocation_payload(
    key_digests: tuple[bytes, ...], identifier: str, display_name: str = "Sperrprüfung"
) -> Payload:
    """Write for which authorities revocation is always checked; iPadOS 14.2.

    key_digests: SHA-256 of the public keys (SubjectPublicKeyInfo in DER).
    raises: InvalidPayload.
    """
    require_some("EnabledForCerts", key_digests, "name a certificate")
    content = {"EnabledForCerts": _digests("EnabledForCerts", key_digests)}
    return checked_payload(REVOCATION_TYPE, identifier, display_name, content)


def _digests(field: str, key_digests: tuple[bytes, ...]) -> list[dict[str, str | bytes]]:
    for place, digest in enumerate(key_digests):
        if len(digest) != _SHA_256_BYTES:
            raise InvalidPayload(f"{field}[{place}].Hash", "is no SHA-256 digest", "give 32 bytes")
    return [{"Algorithm": "sha256", "Hash": digest} for digest in key_digests]
