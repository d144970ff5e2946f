"""Writing ASN.1 by hand: the few elements that SCEP messages are made of.

Here: DER, and the indefinite-length BER that Apple devices send, so that the same message can be
written in both forms. Not here: reading (asn1crypto does it), and what the elements mean.
"""

from collections.abc import Iterable
from enum import StrEnum

SEQUENCE = 0x30
SET = 0x31
OCTET_STRING = 0x04
NULL = b"\x05\x00"

_CONSTRUCTED = 0x20
_END_OF_CONTENTS = b"\x00\x00"
# Real devices cut their octet strings at about this size; any size would do.
_CHUNK = 1000


class Form(StrEnum):
    """How the outer layers of a message are encoded."""

    DER = "der"
    BER_INDEFINITE = "ber_indefinite"


def element(tag: int, *parts: bytes) -> bytes:
    """One element of definite length."""
    body = b"".join(parts)
    return bytes([tag]) + _length(len(body)) + body


def layer(form: Form, tag: int, *parts: bytes) -> bytes:
    """One constructed element, in the form wanted."""
    if form is Form.DER:
        return element(tag, *parts)
    return bytes([tag, 0x80]) + b"".join(parts) + _END_OF_CONTENTS


def octets(form: Form, content: bytes, tag: int = OCTET_STRING) -> bytes:
    """An octet string: whole in DER, in pieces in BER."""
    if form is Form.DER:
        return element(tag, content)
    pieces = (content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK))
    return layer(form, tag | _CONSTRUCTED, *(element(OCTET_STRING, piece) for piece in pieces))


def integer(number: int) -> bytes:
    """A non-negative INTEGER."""
    return element(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return element(0x06, b"".join(_base128(arc) for arc in (40 * first + second, *rest)))


def algorithm(dotted: str, parameters: bytes = NULL) -> bytes:
    """An AlgorithmIdentifier."""
    return element(SEQUENCE, identifier(dotted), parameters)


def set_of(members: Iterable[bytes]) -> bytes:
    """A SET OF, sorted by encoding as DER demands."""
    return element(SET, *sorted(members))


def _length(count: int) -> bytes:
    if count < 0x80:
        return bytes([count])
    number = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(number)]) + number


def _base128(arc: int) -> bytes:
    groups = [arc & 0x7F]
    while arc := arc >> 7:
        groups.append(0x80 | arc & 0x7F)
    return bytes(reversed(groups))
