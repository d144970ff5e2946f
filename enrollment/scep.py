"""The SCEP service as its door sees it: operations, capabilities, content types.

Here: what surrounds the messages. The messages themselves: `scep_request` reads them, `scep_reply`
answers them, `scep_challenge` and `scep_renewal` decide, `scep_client` is the other side.

source: RFC 8894 §3.5 and §4.
"""

import base64
import binascii
from enum import StrEnum

from cryptography import x509

from enrollment.scep_certificates import der_of
from enrollment.scep_errors import MalformedScep, UnknownOperation
from enrollment.scep_messages import MAX_MESSAGE_BYTES

# Sent exactly so: clients compare the whole header, and a charset makes them fail.
CAPABILITIES_TYPE = "text/plain"
CA_CERTIFICATE_TYPE = "application/x-x509-ca-cert"
PKI_MESSAGE_TYPE = "application/x-pki-message"

# Base64 needs four characters for three octets; line breaks and padding get the rest.
_MOST_CHARACTERS = MAX_MESSAGE_BYTES * 3 // 2
_TO_STANDARD_ALPHABET = str.maketrans({"-": "+", "_": "/", " ": "+", "\r": "", "\n": "", "\t": ""})


class Operation(StrEnum):
    """The `operation` of the query, in the exact case of the wire."""

    GET_CA_CAPS = "GetCACaps"
    GET_CA_CERT = "GetCACert"
    PKI_OPERATION = "PKIOperation"


def read_operation(text: str | None) -> Operation:
    """Read the `operation` of the query. raises: UnknownOperation."""
    try:
        return Operation(text or "")
    except ValueError as error:
        raise UnknownOperation from error


def capabilities(*, allow_legacy: bool) -> bytes:
    """The body of GetCACaps: one word a line, nothing else, since clients search for words.

    allow_legacy: also offer what only old clients need.
    """
    legacy_ciphers = ("DES3", "SHA-1") if allow_legacy else ()
    words = ("AES", *legacy_ciphers, "SHA-256", "SHA-512")
    services = ("POSTPKIOperation", "Renewal", "SCEPStandard")
    return "".join(f"{word}\n" for word in (*words, *services)).encode()


def ca_certificate(certificate: x509.Certificate) -> tuple[str, bytes]:
    """Content type and body of GetCACert: one certificate that signs and decrypts.

    Never a chain: Apple devices read a set as "there are separate registration authorities",
    find none, and give up before they ask.
    """
    return CA_CERTIFICATE_TYPE, der_of(certificate)


def decode_get_message(value: str) -> bytes:
    """Decode the `message` of a GET PKIOperation.

    value: base64 after URL decoding, in any of the forms that clients send: standard or URL-safe
        alphabet, `+` turned into a space, line breaks inside, padding missing.
    raises: MalformedScep (no base64, or more than `MAX_MESSAGE_BYTES`).
    """
    if len(value) > _MOST_CHARACTERS:
        raise MalformedScep("message too long")
    text = value.translate(_TO_STANDARD_ALPHABET).rstrip("=")
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    # A ValueError of its own for text that is not ASCII.
    except (binascii.Error, ValueError) as error:
        raise MalformedScep("message is no base64") from error
    if not 0 < len(decoded) <= MAX_MESSAGE_BYTES:
        raise MalformedScep("message empty or too long")
    return decoded
