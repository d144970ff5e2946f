"""The outer layer of every SCEP message: CMS SignedData with one signer.

Here: reading it from hostile bytes, checking it, writing it, for both sides. Not here: what the
attributes say (`scep_attributes`), what the content hides (`scep_envelopes`), and what is decided
(`scep_request`).

source: RFC 8894 §3, RFC 5652 §5.
"""

import hmac
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from enrollment.scep_attributes import Attributes, read_attributes, write_attributes
from enrollment.scep_certificates import (
    CertifiedKey,
    certificate_identifier,
    der_of,
    load_certificate,
)
from enrollment.scep_der import (
    SEQUENCE,
    Form,
    algorithm,
    element,
    identifier,
    integer,
    layer,
    octets,
    set_of,
)
from enrollment.scep_errors import MalformedScep
from enrollment.scep_words import DATA, DIGESTS, RSA_ENCRYPTION, SIGNED_DATA, Digest

MAX_MESSAGE_BYTES = 64 * 1024

_ContentInfo: Any = cms.ContentInfo
_EXPLICIT_0 = 0xA0
_PKCS1_SIGNATURES = frozenset(
    {
        RSA_ENCRYPTION,
        "1.2.840.113549.1.1.5",
        "1.2.840.113549.1.1.11",
        "1.2.840.113549.1.1.12",
        "1.2.840.113549.1.1.13",
    }
)


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A message as read. Nothing is verified before `is_genuine` has said so.

    content: `None` if it is absent, as in a FAILURE.
    digest: `None` for an algorithm that we do not know.
    signer: the certificate that the signer info names; `None` if the message lacks it.
    """

    content: bytes | None
    attributes: Attributes
    digest: Digest | None
    signature_is_pkcs1: bool
    signer: x509.Certificate | None
    signed_octets: bytes
    signature: bytes


def read_message(raw: bytes) -> SignedMessage:
    """Read the outer layer, DER or BER.

    raw: at most `MAX_MESSAGE_BYTES`.
    raises: MalformedScep (for whatever is wrong with the structure).
    """
    if len(raw) > MAX_MESSAGE_BYTES:
        raise MalformedScep("message too long")
    try:
        return _read(raw)
    except MalformedScep:
        raise
    # Hostile bytes make the parsers raise a dozen unrelated kinds, among them RecursionError
    # and UnsupportedAlgorithm; to the sender all of them are one: unreadable.
    except Exception as error:
        raise MalformedScep("no readable SignedData") from error


def is_genuine(message: SignedMessage) -> bool:
    """Tell whether the signer has signed these attributes and this content.

    False also for a signer without an RSA key and for an unknown digest. Anybody can make such a
    signature with a certificate of his own: it proves possession of a key, nothing more.
    """
    attributes, digest = message.attributes, message.digest
    if message.signer is None or digest is None or attributes.content_type != DATA:
        return False
    if not hmac.compare_digest(attributes.message_digest, digest.of(message.content or b"")):
        return False
    key = message.signer.public_key()
    return isinstance(key, rsa.RSAPublicKey) and _verifies(key, message, digest)


def write_message(
    content: bytes | None,
    attributes: Attributes,
    signer: CertifiedKey,
    digest: Digest,
    *,
    form: Form = Form.DER,
    fail_text: str | None = None,
) -> bytes:
    """Sign a message; the signer's certificate travels with it.

    content: `None` leaves it truly out, as FAILURE must: clients try to decrypt an empty one.
    """
    signed = write_attributes(attributes, digest.of(content or b""), fail_text)
    signature = signer.private_key.sign(signed, padding.PKCS1v15(), digest.hash)
    data = layer(
        form,
        SEQUENCE,
        integer(1),
        set_of([algorithm(digest.oid)]),
        _encapsulated(form, content),
        layer(form, _EXPLICIT_0, der_of(signer.certificate)),
        set_of([_signer_info(signer.certificate, digest, signed, signature)]),
    )
    return layer(form, SEQUENCE, identifier(SIGNED_DATA), layer(form, _EXPLICIT_0, data))


def _read(raw: bytes) -> SignedMessage:
    info = _ContentInfo.load(raw, strict=True)
    if info["content_type"].dotted != SIGNED_DATA:
        raise MalformedScep("not SignedData")
    data = info["content"]
    if len(data["signer_infos"]) != 1:
        raise MalformedScep("not exactly one signer")
    signer_info = data["signer_infos"][0]
    signed = _signed_octets(signer_info["signed_attrs"])
    return SignedMessage(
        content=_content(data["encap_content_info"]),
        attributes=read_attributes(signed),
        digest=DIGESTS.get(signer_info["digest_algorithm"]["algorithm"].dotted),
        signature_is_pkcs1=signer_info["signature_algorithm"]["algorithm"].dotted
        in _PKCS1_SIGNATURES,
        signer=_signer(data["certificates"], signer_info["sid"]),
        signed_octets=signed,
        signature=bytes(signer_info["signature"]),
    )


def _signed_octets(attributes: Any) -> bytes:
    if isinstance(attributes, core.Void):
        raise MalformedScep("no signed attributes")
    # What is signed has the tag of a SET OF; what is sent has the tag [0] in its place.
    return element(0x31, attributes.contents)


def _content(encapsulated: Any) -> bytes | None:
    if encapsulated["content_type"].dotted != DATA:
        raise MalformedScep("content is not data")
    content = encapsulated["content"]
    return None if isinstance(content, core.Void) else bytes(content)


def _signer(certificates: Any, sid: Any) -> x509.Certificate | None:
    if sid.name != "issuer_and_serial_number" or isinstance(certificates, core.Void):
        return None
    wanted = (sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native)
    carried = (certificate.chosen for certificate in certificates)
    found = next((c for c in carried if (c.issuer.dump(), c.serial_number) == wanted), None)
    if found is None:
        return None
    certificate = load_certificate(found.dump())
    # Reads the key, so that one of an unknown kind is found here and not half-way.
    certificate.public_key()
    return certificate


def _verifies(key: rsa.RSAPublicKey, message: SignedMessage, digest: Digest) -> bool:
    try:
        key.verify(message.signature, message.signed_octets, padding.PKCS1v15(), digest.hash)
    except InvalidSignature:
        return False
    return True


def _encapsulated(form: Form, content: bytes | None) -> bytes:
    if content is None:
        return element(SEQUENCE, identifier(DATA))
    wrapped = layer(form, _EXPLICIT_0, octets(form, content))
    return layer(form, SEQUENCE, identifier(DATA), wrapped)


def _signer_info(
    certificate: x509.Certificate, digest: Digest, signed: bytes, signature: bytes
) -> bytes:
    return element(
        SEQUENCE,
        integer(1),
        certificate_identifier(certificate),
        algorithm(digest.oid),
        bytes([_EXPLICIT_0]) + signed[1:],
        algorithm(RSA_ENCRYPTION),
        element(0x04, signature),
    )
