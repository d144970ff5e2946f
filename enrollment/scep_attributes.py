"""The signed attributes of a SCEP message: who it belongs to and how it ended.

Here: reading and writing the attribute set. Not here: the signature over it (`scep_messages`).
Attributes are parsed by a class of our own instead of registering the SCEP identifiers with
asn1crypto: its tables are shared by the whole process, and old clients use other string types
than a registered type would admit.

source: RFC 8894 §3.2.1.
"""

from dataclasses import dataclass
from typing import Any

from asn1crypto import core, parser

from enrollment.scep_der import OCTET_STRING, SEQUENCE, element, identifier, set_of
from enrollment.scep_errors import MalformedScep
from enrollment.scep_words import DATA, FailInfo, MessageType, PkiStatus

_load: Any = core.load
_parse: Any = parser.parse

_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SCEP = "2.16.840.1.113733.1.9"
_MESSAGE_TYPE = f"{_SCEP}.2"
_PKI_STATUS = f"{_SCEP}.3"
_FAIL_INFO = f"{_SCEP}.4"
_SENDER_NONCE = f"{_SCEP}.5"
_RECIPIENT_NONCE = f"{_SCEP}.6"
_TRANSACTION_ID = f"{_SCEP}.7"
_FAIL_INFO_TEXT = "1.3.6.1.5.5.7.24.1"

_PRINTABLE_STRING = 0x13
_UTF8_STRING = 0x0C
_PRINTABLE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")
_MOST_ATTRIBUTES = 32


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a message says about itself. Nothing here is verified.

    `None` and empty bytes: the attribute is absent.
    """

    message_type: str | None
    transaction_id: str | None
    sender_nonce: bytes
    recipient_nonce: bytes = b""
    pki_status: str | None = None
    fail_info: str | None = None
    content_type: str | None = None
    message_digest: bytes = b""


def read_attributes(encoded: bytes) -> Attributes:
    """Read a set of signed attributes.

    encoded: the SET OF Attribute, with its own tag or the implicit [0].
    raises: MalformedScep (an attribute twice, or a value of the wrong kind); ValueError and
        TypeError (no such structure).
    """
    values = read_single_values(encoded)
    return Attributes(
        message_type=_text(values, _MESSAGE_TYPE),
        transaction_id=_text(values, _TRANSACTION_ID),
        sender_nonce=_octets(values, _SENDER_NONCE),
        recipient_nonce=_octets(values, _RECIPIENT_NONCE),
        pki_status=_text(values, _PKI_STATUS),
        fail_info=_text(values, _FAIL_INFO),
        content_type=_identifier(values, _CONTENT_TYPE),
        message_digest=_octets(values, _MESSAGE_DIGEST),
    )


def read_single_values(encoded: bytes) -> dict[str, Any]:
    """Read attributes that must have one value each.

    returns: dotted identifier → asn1crypto value; `None` where there is not exactly one.
    raises: MalformedScep (the same attribute twice, or too many); ValueError and TypeError
        (no such structure).
    """
    members = _members(encoded)
    if len(members) > _MOST_ATTRIBUTES:
        raise MalformedScep("too many attributes")
    pairs = [_attribute(member) for member in members]
    if len({oid for oid, _ in pairs}) != len(pairs):
        raise MalformedScep("an attribute twice")
    return dict(pairs)


def write_attributes(
    attributes: Attributes, message_digest: bytes, fail_text: str | None = None
) -> bytes:
    """Write the set, sorted as DER demands, with the tag under which it is signed (SET OF)."""
    optional = (
        (_PKI_STATUS, attributes.pki_status and _string(attributes.pki_status)),
        (_FAIL_INFO, attributes.fail_info and _string(attributes.fail_info)),
        (_SENDER_NONCE, element(OCTET_STRING, attributes.sender_nonce)),
        (
            _RECIPIENT_NONCE,
            attributes.recipient_nonce and element(OCTET_STRING, attributes.recipient_nonce),
        ),
        (_MESSAGE_TYPE, attributes.message_type and _string(attributes.message_type)),
        (_TRANSACTION_ID, attributes.transaction_id and _string(attributes.transaction_id)),
        (_FAIL_INFO_TEXT, fail_text and element(_UTF8_STRING, fail_text.encode())),
        (_CONTENT_TYPE, identifier(DATA)),
        (_MESSAGE_DIGEST, element(OCTET_STRING, message_digest)),
    )
    return set_of(
        element(SEQUENCE, identifier(oid), set_of([value])) for oid, value in optional if value
    )


def known_message_type(attributes: Attributes) -> MessageType | None:
    """The message type, or `None` if it is absent or unknown."""
    return next((kind for kind in MessageType if kind == attributes.message_type), None)


def known_status(attributes: Attributes) -> PkiStatus | None:
    """The status of a reply, or `None` if it is absent or unknown."""
    return next((status for status in PkiStatus if status == attributes.pki_status), None)


def known_fail_info(attributes: Attributes) -> FailInfo | None:
    """The reason of a FAILURE, or `None` if it is absent or unknown."""
    return next((reason for reason in FailInfo if reason == attributes.fail_info), None)


def _members(encoded: bytes) -> list[bytes]:
    content = _parse(encoded)[4]
    members = []
    while content:
        _, _, _, header, body, trailer = _parse(content)
        size = len(header) + len(body) + len(trailer)
        members.append(content[:size])
        content = content[size:]
    return members


def _attribute(encoded: bytes) -> tuple[str, Any]:
    kind, values = _members(encoded)
    oid = _load(kind)
    if not isinstance(oid, core.ObjectIdentifier):
        raise MalformedScep("an attribute without a type")
    members = _members(values)
    return str(oid.dotted), _load(members[0]) if len(members) == 1 else None


def _text(values: dict[str, Any], oid: str) -> str | None:
    if oid not in values:
        return None
    if not isinstance(values[oid], core.AbstractString):
        raise MalformedScep("an attribute that should be text")
    return str(values[oid].native)


def _octets(values: dict[str, Any], oid: str) -> bytes:
    if oid not in values:
        return b""
    if not isinstance(values[oid], core.OctetString):
        raise MalformedScep("an attribute that should be octets")
    return bytes(values[oid])


def _identifier(values: dict[str, Any], oid: str) -> str | None:
    if not isinstance(values.get(oid), core.ObjectIdentifier):
        return None
    return str(values[oid].dotted)


def _string(text: str) -> bytes:
    # PrintableString is the rule. A client that chose other characters gets its own text back.
    tag = _PRINTABLE_STRING if _PRINTABLE.issuperset(text) else _UTF8_STRING
    return element(tag, text.encode())
