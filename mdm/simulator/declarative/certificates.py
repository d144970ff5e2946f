"""Certificates that declarations install, and the list of all managed ones.

source: Apple, schema "Security:Certificate", status item "security.certificate.list".
"""

import base64
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.scep_certificates import der_of
from mdm.simulator.declarative.client import DeclarativeClient
from mdm.simulator.declarative.reasons import ASSET_NOT_READ, Reason, Refused
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel

TYPE = "com.apple.configuration.security.certificate"

_ASSET = "CredentialAssetReference"
_PAYLOADS = frozenset(f"com.apple.security.{kind}" for kind in ("root", "pkcs1", "pem"))


def declared(client: DeclarativeClient) -> Iterator[tuple[str, bytes]]:
    """Go through the certificates of declarations: identifier of the asset, DER."""
    for one in client.active(TYPE):
        asset = client.assets.get(one.payload[_ASSET])
        if asset is not None and asset.content is not None:
            yield one.payload[_ASSET], read_certificate(asset.content)[0]


def listed(ipad: SimulatedIpad, channel: Channel) -> Iterator[dict[str, Any]]:
    """Write what security.certificate.list tells: of declarations and of managed profiles."""
    client = channel.declarative
    if client is not None:
        for asset, der in declared(client):
            yield _told(der, is_identity=False) | {"declaration-identifier": asset}
    for one in ipad.profiles.of(channel.user_name):
        if one.is_managed:
            for payload in one.profile.payloads:
                content = payload.content.get("PayloadContent")
                if payload.type in _PAYLOADS and isinstance(content, bytes):
                    yield _told(content, is_identity=False)
        for held in one.identities.values():
            yield _told(der_of(held.certificate), is_identity=True)


@lru_cache(1024)
def read_certificate(body: bytes) -> tuple[bytes, str]:
    """Read DER or PEM into DER and its subject. raises: Refused."""
    is_pem = body.lstrip().startswith(b"-----BEGIN")
    try:
        read = x509.load_pem_x509_certificate if is_pem else x509.load_der_x509_certificate
        certificate = read(body)
    except ValueError as error:
        raise Refused(Reason(ASSET_NOT_READ, "is no certificate")) from error
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    summary = str(names[0].value) if names else certificate.subject.rfc4514_string()
    return certificate.public_bytes(Encoding.DER), summary


def _told(body: bytes, *, is_identity: bool) -> dict[str, Any]:
    der, summary = read_certificate(body)
    return {
        "identifier": hashlib.sha256(der).hexdigest(),
        "subject-summary": summary,
        "is-identity": is_identity,
        "data": base64.b64encode(der).decode("ascii"),
    }
