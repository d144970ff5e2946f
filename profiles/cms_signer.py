"""Making signed messages: profiles and SCEP answers in DER, and the forms that devices send.

Here: SignedData with one signer. No signing time is written: nothing that we know reads it, and
so the same RSA key, data and certificate give the same bytes.
Not here: reading and proving (cms_signed).
source: RFC 5652 §5.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from profiles.cms_algorithms import DIGEST_OIDS, HASHES, SIGNATURE_OIDS, Digest, Oid
from profiles.cms_ber import (
    CONSTRUCTED_OCTET_STRING,
    CONTEXT_0,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    encode,
    encode_indefinite,
)
from profiles.cms_certificates import signer
from profiles.errors import CmsError

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_NULL = b"\x05\x00"
_VERSION_1 = encode(INTEGER, b"\1")
_SIGNED_DATA = encode(OBJECT_IDENTIFIER, Oid.SIGNED_DATA)
_DATA = encode(OBJECT_IDENTIFIER, Oid.DATA)
_OID_OF_DIGEST = {digest: oid for oid, digest in DIGEST_OIDS.items()}
_OID_OF_SIGNATURE = {meaning: oid for oid, meaning in SIGNATURE_OIDS.items()}


class SignatureForm(Enum):
    """The shapes in which signatures are met.

    APPLE_LEGACY: what iPads send: indefinite lengths, SHA-1, no attributes, RSA only.
    SHA256_BER: the same with SHA-256, for RSA and EC.
    SHA256_DER_ATTRIBUTES: DER with contentType and messageDigest, as other tools and we send.
    """

    APPLE_LEGACY = "apple-legacy"
    SHA256_BER = "sha256-ber"
    SHA256_DER_ATTRIBUTES = "sha256-der-attributes"


@dataclass(frozen=True, slots=True)
class _Identity:
    certificate_der: bytes
    key: PrivateKey
    digest: Digest

    def sign(self, covered: bytes) -> bytes:
        algorithm = HASHES[self.digest]
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(covered, padding.PKCS1v15(), algorithm)
        return self.key.sign(covered, ec.ECDSA(algorithm))

    def signature_algorithm(self) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return _algorithm(_OID_OF_SIGNATURE["rsa", self.digest], _NULL)
        return _algorithm(_OID_OF_SIGNATURE["ec", self.digest])

    def digest_algorithm(self) -> bytes:
        return _algorithm(_OID_OF_DIGEST[self.digest], _NULL)


def sign_attached(
    data: bytes,
    certificate: x509.Certificate,
    key: PrivateKey,
    intermediates: Iterable[x509.Certificate] = (),
    *,
    form: SignatureForm = SignatureForm.SHA256_DER_ATTRIBUTES,
    attributes: Mapping[bytes, bytes] | None = None,
) -> bytes:
    """Sign data and send it along, byte for byte.

    attributes: further signed attributes, object identifier (its contents in DER) → one value
        (whole DER element); only in a form with attributes.
    raises: CmsError, if the form does not suit the key or the attributes.
    """
    return _sign(data, data, certificate, key, intermediates, form, attributes or {})


def sign_detached(
    body: bytes, certificate: x509.Certificate, key: PrivateKey, form: SignatureForm
) -> bytes:
    """Sign a body that travels apart, with the leaf certificate alone.

    raises: CmsError, if the form does not suit the key.
    """
    return _sign(body, None, certificate, key, (), form, {})


def encode_signature_header(raw: bytes) -> str:
    """Write a detached signature as the value of `Mdm-Signature`."""
    return base64.b64encode(raw).decode()


def certificates_only(certificates: Iterable[x509.Certificate]) -> bytes:
    """Wrap certificates in a SignedData without signer; DER sorts them by their bytes.

    source: RFC 8894 §3.4; RFC 5652 §5.1.
    """
    signed = encode(
        SEQUENCE,
        _VERSION_1,
        encode(SET),
        encode(SEQUENCE, _DATA),
        encode(CONTEXT_0, *_in_set_order(map(_der, certificates))),
        encode(SET),
    )
    return encode(SEQUENCE, _SIGNED_DATA, encode(CONTEXT_0, signed))


def _sign(
    covered: bytes,
    content: bytes | None,
    certificate: x509.Certificate,
    key: PrivateKey,
    intermediates: Iterable[x509.Certificate],
    form: SignatureForm,
    attributes: Mapping[bytes, bytes],
) -> bytes:
    _check_form(form, key, attributes)
    digest = Digest.SHA1 if form is SignatureForm.APPLE_LEGACY else Digest.SHA256
    identity = _Identity(_der(certificate), key, digest)
    with_attributes = form is SignatureForm.SHA256_DER_ATTRIBUTES
    signer_info = _signer_info(identity, covered, attributes if with_attributes else None)
    outer = encode if with_attributes else encode_indefinite
    return outer(
        SEQUENCE,
        _SIGNED_DATA,
        outer(
            CONTEXT_0,
            outer(
                SEQUENCE,
                _VERSION_1,
                encode(SET, identity.digest_algorithm()),
                outer(SEQUENCE, _DATA, _content(content, form)),
                outer(
                    CONTEXT_0, *_in_set_order((identity.certificate_der, *map(_der, intermediates)))
                ),
                encode(SET, signer_info),
            ),
        ),
    )


def _check_form(form: SignatureForm, key: PrivateKey, attributes: Mapping[bytes, bytes]) -> None:
    if form is SignatureForm.APPLE_LEGACY and not isinstance(key, rsa.RSAPrivateKey):
        raise CmsError("this form needs an RSA key")
    if attributes and form is not SignatureForm.SHA256_DER_ATTRIBUTES:
        raise CmsError("this form has no attributes")


def _content(content: bytes | None, form: SignatureForm) -> bytes:
    if content is None:
        return b""
    octets = encode(OCTET_STRING, content)
    if form is SignatureForm.SHA256_DER_ATTRIBUTES:
        return encode(CONTEXT_0, octets)
    return encode_indefinite(CONTEXT_0, encode_indefinite(CONSTRUCTED_OCTET_STRING, octets))


def _signer_info(
    identity: _Identity, covered: bytes, attributes: Mapping[bytes, bytes] | None
) -> bytes:
    """Write a SignerInfo; without attributes (None) the signature covers the content itself."""
    sent = b""
    if attributes is not None:
        encoded = _attributes(covered, identity.digest, attributes)
        sent = encode(CONTEXT_0, encoded)
        covered = encode(SET, encoded)
    return encode(
        SEQUENCE,
        _VERSION_1,
        encode(SEQUENCE, signer(identity.certificate_der).issuer_and_serial),
        identity.digest_algorithm(),
        sent,
        identity.signature_algorithm(),
        encode(OCTET_STRING, identity.sign(covered)),
    )


def _attributes(content: bytes, digest: Digest, further: Mapping[bytes, bytes]) -> bytes:
    """Write the attributes in the order of their encodings, as DER asks of a SET OF."""
    values = {
        **further,
        Oid.CONTENT_TYPE: _DATA,
        Oid.MESSAGE_DIGEST: encode(OCTET_STRING, hashlib.new(digest.value, content).digest()),
    }
    return b"".join(
        sorted(
            encode(SEQUENCE, encode(OBJECT_IDENTIFIER, oid), encode(SET, value))
            for oid, value in values.items()
        )
    )


def _in_set_order(certificates: Iterable[bytes]) -> list[bytes]:
    # DER sorts a SET OF; strict readers fall back to BER, with a warning, when it is not.
    return sorted(certificates)


def _algorithm(oid: bytes, parameters: bytes = b"") -> bytes:
    return encode(SEQUENCE, encode(OBJECT_IDENTIFIER, oid), parameters)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
