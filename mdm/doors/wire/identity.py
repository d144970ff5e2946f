"""Who is talking: from a request to the certificate that proves it.

Three ways, one of them configured: the signature over the raw body (Mdm-Signature), or the
TLS client certificate as a trusted proxy passes it on (RFC 9440, or nginx's escaped PEM).
A header from any other address does not exist. Whether we know the certificate is another
question (mdm.rooms.devices).
"""

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mdm.base.settings import Network, Settings
from mdm.doors.wire.errors import NoIdentity
from profiles import cms

_LONGEST_HEADER = 16 * 1024


class IdentityReader:
    """Reads the identity as the settings say."""

    def __init__(self, settings: Settings) -> None:
        self._source = settings.device_identity
        name = settings.client_certificate_header.upper().replace("-", "_")
        self._header = f"HTTP_{name}"
        self._proxies = settings.trusted_proxies

    def fingerprint(self, environ: Mapping[str, Any], body: bytes) -> bytes:
        """SHA-256 of the certificate that speaks for this request, 32 bytes.

        raises: NoIdentity, CmsError (malformed or wrong signature).
        """
        if self._source == "signature":
            return _signed(environ, body)
        return self._passed_on(environ)

    def _passed_on(self, environ: Mapping[str, Any]) -> bytes:
        value = environ.get(self._header, "")
        if not value:
            raise NoIdentity("no client certificate")
        if not _is_trusted(str(environ.get("REMOTE_ADDR", "")), self._proxies):
            raise NoIdentity("client certificate from an unlisted address")
        if len(value) > _LONGEST_HEADER:
            raise NoIdentity("client certificate too long")
        return cms.fingerprint(_certificate(value, rfc9440=self._source == "rfc9440"))


def _signed(environ: Mapping[str, Any], body: bytes) -> bytes:
    header = environ.get("HTTP_MDM_SIGNATURE")
    if not header:
        raise NoIdentity("no Mdm-Signature")
    signed = cms.read_signed(cms.decode_signature_header(header))
    cms.verify_detached(signed, body)
    return signed.fingerprint


@lru_cache(maxsize=1024)
def _is_trusted(address: str, proxies: tuple[Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in proxy for proxy in proxies)


def _certificate(value: str, *, rfc9440: bool) -> bytes:
    """The DER of a certificate in a header. Servers that join a second header of the name do so
    with a comma, which neither form may contain; granian passes on one of them, so the proxy
    must replace the header and never add one.
    """
    return _from_bytes_field(value) if rfc9440 else _from_escaped_pem(value)


def _from_bytes_field(value: str) -> bytes:
    value = value.strip()
    if len(value) < 3 or value[0] != ":" or value[-1] != ":":
        raise NoIdentity("not a byte sequence of RFC 9440")
    try:
        der = base64.b64decode(value[1:-1], validate=True)
        return x509.load_der_x509_certificate(der).public_bytes(Encoding.DER)
    except (binascii.Error, ValueError, x509.InvalidVersion) as error:
        raise NoIdentity("client certificate is malformed") from error


def _from_escaped_pem(value: str) -> bytes:
    # unquote leaves "+" alone, which is a letter of base64 here and no space.
    text = unquote(value)
    if text.count("-----BEGIN CERTIFICATE-----") != 1:
        raise NoIdentity("not one escaped PEM certificate")
    try:
        return x509.load_pem_x509_certificate(text.encode()).public_bytes(Encoding.DER)
    except (ValueError, x509.InvalidVersion) as error:
        raise NoIdentity("client certificate is malformed") from error
