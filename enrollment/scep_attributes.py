"""The signed attributes of a SCEP message: who it belongs to and how it ended.

Here: their identifiers, reading and writing them, and text in any of ASN.1's string types. Not
here: the signature over them (`scep_messages`).

source: RFC 8894 §3.2.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from enrollment.scep_errors import MalformedScep
from profiles.cms_ber import OCTET_STRING, Cursor, encode
from profiles.errors import CmsError

_SCEP = bytes.fromhex("6086480186f8450109")
_MESSAGE_TYPE = _SCEP + b"\x02"
_PKI_STATUS = _SCEP + b"\x03"
_FAIL_INFO = _SCEP + b"\x04"
_SENDER_NONCE = _SCEP + b"\x05"
_RECIPIENT_NONCE = _SCEP + b"\x06"
_TRANSACTION_ID = _SCEP + b"\x07"
_FAIL_INFO_TEXT = bytes.fromhex("2b06010505071801")

_PRINTABLE_STRING = 0x13
_UTF8_STRING = 0x0C
_PRINTABLE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")
# Tag of each string type that clients use → its Python codec.
_CODECS = {
    _UTF8_STRING: "utf-8",
    0x12: "ascii",
    _PRINTABLE_STRING: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a message says about itself.

    `None` and empty octets: the attribute is absent.
    """

    message_type: str | None
    transaction_id: str | None
    sender_nonce: bytes
    recipient_nonce: bytes = b""
    pki_status: str | None = None
    fail_info: str | None = None


def read_attributes(found: Mapping[bytes, bytes]) -> Attributes:
    """Pick SCEP's attributes out of those of a signed message.

    found: as in `profiles.cms.SignedMessage`.
    raises: MalformedScep (a value of the wrong kind).
    """
    return Attributes(
        message_type=_optional_text(found.get(_MESSAGE_TYPE)),
        transaction_id=_optional_text(found.get(_TRANSACTION_ID)),
        sender_nonce=_optional_octets(found.get(_SENDER_NONCE)),
        recipient_nonce=_optional_octets(found.get(_RECIPIENT_NONCE)),
        pki_status=_optional_text(found.get(_PKI_STATUS)),
        fail_info=_optional_text(found.get(_FAIL_INFO)),
    )


def encode_attributes(attributes: Attributes, fail_text: str | None = None) -> dict[bytes, bytes]:
    """Write SCEP's attributes: identifier → one value; absent ones are left out."""
    texts = {
        _MESSAGE_TYPE: attributes.message_type,
        _TRANSACTION_ID: attributes.transaction_id,
        _PKI_STATUS: attributes.pki_status,
        _FAIL_INFO: attributes.fail_info,
    }
    nonces = {
        _SENDER_NONCE: attributes.sender_nonce,
        _RECIPIENT_NONCE: attributes.recipient_nonce,
    }
    comment = {_FAIL_INFO_TEXT: encode(_UTF8_STRING, fail_text.encode())} if fail_text else {}
    return {
        **{oid: encode_text(text) for oid, text in texts.items() if text is not None},
        **{oid: encode(OCTET_STRING, nonce) for oid, nonce in nonces.items() if nonce},
        **comment,
    }


def read_text(element: bytes) -> str:
    """Read a string of any type that clients use. raises: MalformedScep."""
    try:
        cursor = Cursor(element)
        tag = cursor.peek()
        text = cursor.take(tag).decode(_CODECS[tag])
        cursor.finish()
    except (CmsError, KeyError, UnicodeDecodeError) as error:
        raise MalformedScep("a value that should be text") from error
    return text


def encode_text(text: str) -> bytes:
    """Write text as PrintableString, the rule in SCEP.

    A client whose transaction has other characters gets its own text back as UTF8String.
    """
    tag = _PRINTABLE_STRING if _PRINTABLE.issuperset(text) else _UTF8_STRING
    return encode(tag, text.encode())


def _optional_text(element: bytes | None) -> str | None:
    return None if element is None else read_text(element)


def _optional_octets(element: bytes | None) -> bytes:
    if element is None:
        return b""
    try:
        cursor = Cursor(element)
        octets = cursor.take_octets()
        cursor.finish()
    except CmsError as error:
        raise MalformedScep("a value that should be octets") from error
    return octets
