"""The inner layer of SCEP messages: CMS EnvelopedData for one RSA key.

Here: sealing and opening, with the ciphers of old and new clients. Not here: what is inside
(`scep_request`, `scep_reply`). `profiles.cms` opens envelopes too; this module differs in
answering every failure alike, and in speaking DES and 3DES.

source: RFC 8894 §3.2.2, RFC 5652 §6, RFC 3218 (why all failures look alike).
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import ciphers
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from enrollment.scep_certificates import CertifiedKey, certificate_identifier, issuer_and_serial
from enrollment.scep_der import (
    OCTET_STRING,
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
from enrollment.scep_words import CIPHERS, DATA, ENVELOPED_DATA, RSA_ENCRYPTION, Cipher

SEAL_RANDOM_BYTES = 48

_ContentInfo: Any = cms.ContentInfo
_EXPLICIT_0 = 0xA0
_IMPLICIT_0 = 0x80
_MOST_RECIPIENTS = 16


class CannotOpen(Exception):
    """Nothing was opened. The same for every cause, so that nobody can question the key."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed envelope, read but not opened.

    cipher: `None` for one that we do not know.
    recipients: (issuer as encoded, serial) and the content key encrypted for it.
    """

    cipher: Cipher | None
    iv: bytes
    recipients: tuple[tuple[tuple[bytes, int], bytes], ...]
    ciphertext: bytes


def read_envelope(encoded: bytes) -> Envelope:
    """Read an envelope's outside, DER or BER.

    raises: CannotOpen (no readable EnvelopedData).
    """
    try:
        return _read(encoded)
    # Hostile bytes make the parser raise many unrelated kinds.
    except Exception as error:
        raise CannotOpen from error


def open_envelope(
    envelope: Envelope, authorities: Sequence[CertifiedKey]
) -> tuple[bytes, CertifiedKey]:
    """Decrypt an envelope with the key of the authority it is addressed to.

    returns: the content, and who received it.
    raises: CannotOpen.
    """
    authority, encrypted_key = _addressed_to(envelope, authorities)
    if envelope.cipher is None:
        raise CannotOpen
    key = _unwrap(authority.private_key, encrypted_key, envelope.cipher.key_bytes)
    try:
        return _decrypt(envelope.cipher, key, envelope.iv, envelope.ciphertext), authority
    except ValueError as error:
        raise CannotOpen from error


def seal(
    content: bytes,
    recipient: x509.Certificate,
    cipher: Cipher,
    random_octets: bytes,
    *,
    form: Form = Form.DER,
) -> bytes:
    """Encrypt content to a certificate's RSA key (PKCS#1 v1.5, the only one clients share).

    random_octets: exactly `SEAL_RANDOM_BYTES`, never used twice.
    raises: ValueError (too few random octets), TypeError (the certificate has no RSA key).
    """
    public_key = recipient.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise TypeError("only RSA keys can receive an envelope")
    if len(random_octets) != SEAL_RANDOM_BYTES:
        raise ValueError("an envelope needs exactly 48 random octets")
    key, iv = random_octets[: cipher.key_bytes], random_octets[32 : 32 + cipher.block_bytes]
    data = layer(
        form,
        SEQUENCE,
        integer(0),
        set_of([_recipient_info(recipient, public_key.encrypt(key, padding.PKCS1v15()))]),
        layer(
            form,
            SEQUENCE,
            identifier(DATA),
            algorithm(cipher.oid, element(OCTET_STRING, iv)),
            octets(form, _encrypt(cipher, key, iv, content), _IMPLICIT_0),
        ),
    )
    return layer(form, SEQUENCE, identifier(ENVELOPED_DATA), layer(form, _EXPLICIT_0, data))


def _read(encoded: bytes) -> Envelope:
    info = _ContentInfo.load(encoded, strict=True)
    if info["content_type"].dotted != ENVELOPED_DATA:
        raise CannotOpen
    data, inner = info["content"], info["content"]["encrypted_content_info"]
    if len(data["recipient_infos"]) > _MOST_RECIPIENTS:
        raise CannotOpen
    method = inner["content_encryption_algorithm"]
    cipher = CIPHERS.get(method["algorithm"].dotted)
    return Envelope(
        cipher=cipher,
        iv=bytes(method["parameters"]) if cipher else b"",
        recipients=tuple(_recipients(data["recipient_infos"])),
        ciphertext=bytes(inner["encrypted_content"]),
    )


def _recipients(infos: Any) -> list[tuple[tuple[bytes, int], bytes]]:
    return [
        (_name(info.chosen["rid"].chosen), bytes(info.chosen["encrypted_key"]))
        for info in infos
        if info.name == "ktri"
        and info.chosen["rid"].name == "issuer_and_serial_number"
        and info.chosen["key_encryption_algorithm"]["algorithm"].dotted == RSA_ENCRYPTION
    ]


def _name(rid: Any) -> tuple[bytes, int]:
    return bytes(rid["issuer"].dump()), int(rid["serial_number"].native)


def _addressed_to(
    envelope: Envelope, authorities: Sequence[CertifiedKey]
) -> tuple[CertifiedKey, bytes]:
    for authority in authorities:
        name = issuer_and_serial(authority.certificate)
        for recipient, encrypted_key in envelope.recipients:
            if recipient == name:
                return authority, encrypted_key
    raise CannotOpen


def _unwrap(private_key: rsa.RSAPrivateKey, encrypted_key: bytes, size: int) -> bytes:
    # A key that cannot be unwrapped is replaced by one that nobody outside can foresee, and the
    # failure shows later, where a wrong key fails too (RFC 3218 §2.3.2).
    secret = private_key.private_numbers().d.to_bytes(1024, "big")
    substitute = hmac.digest(hashlib.sha256(secret).digest(), encrypted_key, "sha256")[:size]
    try:
        key = private_key.decrypt(encrypted_key, padding.PKCS1v15())
    except ValueError:
        return substitute
    return key if len(key) == size else substitute


def _encrypt(cipher: Cipher, key: bytes, iv: bytes, content: bytes) -> bytes:
    padder = PKCS7(cipher.block_bytes * 8).padder()
    padded = padder.update(content) + padder.finalize()
    encryptor = ciphers.Cipher(_block_cipher(cipher, key), modes.CBC(iv)).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


def _decrypt(cipher: Cipher, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    decryptor = ciphers.Cipher(_block_cipher(cipher, key), modes.CBC(iv)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    unpadder = PKCS7(cipher.block_bytes * 8).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _block_cipher(cipher: Cipher, key: bytes) -> BlockCipherAlgorithm:
    if cipher is Cipher.DES:
        # Three times the same key makes triple DES the single DES of old clients.
        return TripleDES(key * 3)
    return TripleDES(key) if cipher is Cipher.DES3 else algorithms.AES(key)


def _recipient_info(recipient: x509.Certificate, encrypted_key: bytes) -> bytes:
    return element(
        SEQUENCE,
        integer(0),
        certificate_identifier(recipient),
        algorithm(RSA_ENCRYPTION),
        element(OCTET_STRING, encrypted_key),
    )
