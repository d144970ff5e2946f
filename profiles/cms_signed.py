"""Signed messages: their structure.

Here: SignedData with one signer, detached (`Mdm-Signature`) or attached (MachineInfo, SCEP,
signed profiles), in DER or in the BER with indefinite lengths that devices send.
Not here: proving the signature (cms_verify). The two are apart so that the caller can look up
the pin (`signed.fingerprint`) before paying for the arithmetic of the key.
source: RFC 5652 §5.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from profiles import base64_text
from profiles.cms_algorithms import DIGEST_OIDS, SIGNATURE_OIDS, Digest, Oid
from profiles.cms_ber import (
    CONTEXT_0,
    CONTEXT_1,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    Cursor,
)
from profiles.cms_certificates import Signer, signer
from profiles.errors import BadSignature, CmsError

MAX_HEADER = 16 * 1024
MAX_MESSAGE = 64 * 1024
MAX_CERTIFICATES = 10


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A signed message as read; nothing in it is proven before verify_….

    content: None if detached.
    certificates: DER of all that came along, in their order.
    attributes: object identifier (its contents in DER) → the one value (whole DER element).
    signed_attributes: what the signature covers if attributes are there, else None.
    """

    content: bytes | None
    certificates: tuple[bytes, ...]
    signer: Signer
    digest: Digest
    key_kind: str
    signature: bytes
    attributes: Mapping[bytes, bytes]
    signed_attributes: bytes | None

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the signer's certificate, 32 bytes."""
        return self.signer.fingerprint


def decode_signature_header(value: str | bytes) -> bytes:
    """Decode the value of `Mdm-Signature`: standard base64 on one line.

    raises: BadSignature (empty, longer than 16 KiB, any other alphabet).
    source: Apple, Implementing device management, "Pass an identity certificate".
    """
    if not value or len(value) > MAX_HEADER:
        raise BadSignature("length of the header")
    try:
        return base64_text.decode(value.encode("ascii") if isinstance(value, str) else value)
    except ValueError as error:
        raise BadSignature("header is not base64") from error


def read_signed(raw: bytes, *, max_bytes: int = MAX_MESSAGE) -> SignedMessage:
    """Read a SignedData with exactly one signer, named by issuer and serial number.

    raises: CmsError.
    """
    if len(raw) > max_bytes:
        raise CmsError("message too large")
    cursor = Cursor(raw)
    cursor.open(SEQUENCE)
    if cursor.take(OBJECT_IDENTIFIER) != Oid.SIGNED_DATA:
        raise CmsError("not SignedData")
    cursor.open(CONTEXT_0)
    cursor.open(SEQUENCE)
    _check_version(cursor)
    cursor.open(SET)
    cursor.skip_rest()
    cursor.close()
    content = _read_content(cursor)
    certificates = _read_certificates(cursor)
    message = _read_signer_infos(cursor, content, certificates)
    cursor.close()
    cursor.close()
    cursor.close()
    cursor.finish()
    return message


def _check_version(cursor: Cursor) -> None:
    if cursor.take(INTEGER) not in (b"\1", b"\3", b"\4", b"\5"):
        raise CmsError("version not accepted")


def _read_content(cursor: Cursor) -> bytes | None:
    cursor.open(SEQUENCE)
    if cursor.take(OBJECT_IDENTIFIER) != Oid.DATA:
        raise CmsError("content is not plain data")
    content = None
    if cursor.peek() == CONTEXT_0:
        cursor.open(CONTEXT_0)
        content = cursor.take_octets()
        cursor.close()
    cursor.close()
    return content


def _read_certificates(cursor: Cursor) -> tuple[bytes, ...]:
    found: list[bytes] = []
    if cursor.peek() == CONTEXT_0:
        cursor.open(CONTEXT_0)
        while cursor.peek() != -1:
            if len(found) == MAX_CERTIFICATES:
                raise CmsError("too many certificates")
            found.append(cursor.take_whole(SEQUENCE))
        cursor.close()
    if cursor.peek() == CONTEXT_1:
        cursor.skip()
    return tuple(found)


def _read_signer_infos(
    cursor: Cursor, content: bytes | None, certificates: tuple[bytes, ...]
) -> SignedMessage:
    cursor.open(SET)
    cursor.open(SEQUENCE)
    _check_version(cursor)
    issuer_and_serial = _read_signer_name(cursor)
    digest = DIGEST_OIDS.get(_read_algorithm(cursor))
    if digest is None:
        raise CmsError("digest not accepted")
    attributes, signed_attributes = _read_attributes(cursor)
    key_kind, signed_with = SIGNATURE_OIDS.get(_read_algorithm(cursor), ("", None))
    if not key_kind or signed_with not in (None, digest):
        raise CmsError("signature algorithm not accepted")
    signature = cursor.take(OCTET_STRING)
    if cursor.peek() == CONTEXT_1:
        cursor.skip()
    cursor.close()
    cursor.close()
    return SignedMessage(
        content=content,
        certificates=certificates,
        signer=_find_signer(certificates, issuer_and_serial),
        digest=digest,
        key_kind=key_kind,
        signature=signature,
        attributes=attributes,
        signed_attributes=signed_attributes,
    )


def _read_signer_name(cursor: Cursor) -> bytes:
    cursor.open(SEQUENCE)
    issuer = cursor.take_whole(SEQUENCE)
    serial = cursor.take_whole(INTEGER)
    cursor.close()
    return issuer + serial


def _read_algorithm(cursor: Cursor) -> bytes:
    cursor.open(SEQUENCE)
    oid = cursor.take(OBJECT_IDENTIFIER)
    cursor.skip_rest()
    cursor.close()
    return oid


def _read_attributes(cursor: Cursor) -> tuple[Mapping[bytes, bytes], bytes | None]:
    """Read the signed attributes; each has one value, and none comes twice."""
    if cursor.peek() != CONTEXT_0:
        return {}, None
    raw = cursor.take_whole(CONTEXT_0)
    inner = Cursor(raw)
    inner.open(CONTEXT_0)
    found: dict[bytes, bytes] = {}
    while inner.peek() != -1:
        inner.open(SEQUENCE)
        oid = inner.take(OBJECT_IDENTIFIER)
        inner.open(SET)
        value = inner.take_whole(inner.peek())
        inner.close()
        inner.close()
        if oid in found:
            raise CmsError("attribute comes twice")
        found[oid] = value
    # Sent as [0] IMPLICIT, signed as SET OF (RFC 5652 §5.4).
    return found, bytes((SET,)) + raw[1:]


def _find_signer(certificates: tuple[bytes, ...], issuer_and_serial: bytes) -> Signer:
    matches = {
        certificate
        for certificate in certificates
        if signer(certificate).issuer_and_serial == issuer_and_serial
    }
    if len(matches) != 1:
        raise CmsError("certificate of the signer missing or ambiguous")
    return signer(matches.pop())
