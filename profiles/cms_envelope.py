"""Encrypted messages: EnvelopedData to one holder of an RSA key, in CBC mode.

Here: making and opening them, for SCEP, ADE tokens and encrypted payloads.
Not here: signatures around or inside them (cms_signed, cms_signer).

Whatever goes wrong while opening has one reason in words. A key of the wrong length or a failed
decryption is replaced with a fresh random key, and the work goes on: who probes with altered
messages sees neither a different text nor a shorter way (RFC 3218 §2.3).
source: RFC 5652 §6.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding

from profiles.cms_ber import (
    CONTEXT_0,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    Cursor,
    encode,
)
from profiles.cms_certificates import signer
from profiles.errors import CmsError

MAX_MESSAGE = 4 * 1024 * 1024
_MAX_RECIPIENTS = 10
_CANNOT_OPEN = "message cannot be opened with this key"


class Cipher(Enum):
    """Ciphers of the content, strongest last; DES is for old SCEP clients only."""

    DES = "des"
    TRIPLE_DES = "3des"
    AES_128 = "aes-128"
    AES_192 = "aes-192"
    AES_256 = "aes-256"


@dataclass(frozen=True, slots=True)
class _Shape:
    oid: bytes
    key_bytes: int
    block_bytes: int


_SHAPES: Mapping[Cipher, _Shape] = {
    Cipher.DES: _Shape(bytes.fromhex("2b0e030207"), 8, 8),
    Cipher.TRIPLE_DES: _Shape(bytes.fromhex("2a864886f70d0307"), 24, 8),
    Cipher.AES_128: _Shape(bytes.fromhex("608648016503040102"), 16, 16),
    Cipher.AES_192: _Shape(bytes.fromhex("608648016503040116"), 24, 16),
    Cipher.AES_256: _Shape(bytes.fromhex("60864801650304012a"), 32, 16),
}
_CIPHER_OF = {shape.oid: cipher for cipher, shape in _SHAPES.items()}
_DATA = bytes.fromhex("2a864886f70d010701")
_ENVELOPED_DATA = bytes.fromhex("2a864886f70d010703")
_RSA = bytes.fromhex("2a864886f70d010101")
_CONTENT_PRIMITIVE = 0x80


@dataclass(frozen=True, slots=True)
class _Envelope:
    cipher: Cipher
    iv: bytes
    encrypted: bytes
    encrypted_key: bytes


def envelope(
    data: bytes,
    recipient: x509.Certificate,
    cipher: Cipher = Cipher.AES_256,
    *,
    allow_legacy: bool = False,
) -> bytes:
    """Encrypt data so that only the holder of the recipient's RSA key reads it (DER).

    allow_legacy: permits DES, for old SCEP clients only.
    raises: CmsError, if the recipient has no RSA key or the cipher is not permitted.
    """
    _check_permitted(cipher, allow_legacy)
    public = recipient.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise CmsError("recipient has no RSA key")
    # The one source of chance in this package: nobody else may ever hold this key.
    key, iv = os.urandom(_SHAPES[cipher].key_bytes), os.urandom(_SHAPES[cipher].block_bytes)
    padder = block_padding.PKCS7(_SHAPES[cipher].block_bytes * 8).padder()
    encryptor = _block_cipher(cipher, key, iv).encryptor()
    encrypted = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    wrapped = public.encrypt(key, padding.PKCS1v15())
    return _encode(recipient, _Envelope(cipher, iv, encrypted, wrapped))


def open_envelope(
    raw: bytes,
    certificate: x509.Certificate,
    key: rsa.RSAPrivateKey,
    *,
    allow_legacy: bool = False,
) -> bytes:
    """Open a message that was encrypted to our certificate.

    raw: DER or BER, at most 4 MiB.
    allow_legacy: permits DES.
    returns: the content; made-up bytes are possible if the message was tampered with, because an
        envelope proves nothing about its sender.
    raises: CmsError; a foreign recipient, a wrong key and altered bytes read alike.
    """
    if len(raw) > MAX_MESSAGE:
        raise CmsError("message too large")
    found = _decode(raw, certificate)
    _check_permitted(found.cipher, allow_legacy)
    return _decrypt(found, _content_key(found, key))


def _check_permitted(cipher: Cipher, allow_legacy: bool) -> None:
    if cipher is Cipher.DES and not allow_legacy:
        raise CmsError("cipher not permitted")


def _content_key(found: _Envelope, key: rsa.RSAPrivateKey) -> bytes:
    """Unwrap the key of the content; if that fails, return a random one of the same length."""
    length = _SHAPES[found.cipher].key_bytes
    spare = os.urandom(length)
    try:
        unwrapped = key.decrypt(found.encrypted_key, padding.PKCS1v15())
    except ValueError:
        return spare
    return unwrapped if len(unwrapped) == length else spare


def _decrypt(found: _Envelope, content_key: bytes) -> bytes:
    unpadder = block_padding.PKCS7(_SHAPES[found.cipher].block_bytes * 8).unpadder()
    try:
        decryptor = _block_cipher(found.cipher, content_key, found.iv).decryptor()
        padded = decryptor.update(found.encrypted) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise CmsError(_CANNOT_OPEN) from error


def _block_cipher(cipher: Cipher, key: bytes, iv: bytes) -> BlockCipher[modes.CBC]:
    if cipher is Cipher.TRIPLE_DES:
        return BlockCipher(TripleDES(key), modes.CBC(iv))
    if cipher is Cipher.DES:
        # Three times the same key makes Triple DES plain DES, which OpenSSL 3 no longer offers.
        return BlockCipher(TripleDES(key * 3), modes.CBC(iv))
    return BlockCipher(algorithms.AES(key), modes.CBC(iv))


def _encode(recipient: x509.Certificate, sealed: _Envelope) -> bytes:
    recipient_info = encode(
        SEQUENCE,
        encode(INTEGER, b"\0"),
        encode(SEQUENCE, _name(recipient)),
        encode(SEQUENCE, encode(OBJECT_IDENTIFIER, _RSA), b"\x05\x00"),
        encode(OCTET_STRING, sealed.encrypted_key),
    )
    content = encode(
        SEQUENCE,
        encode(OBJECT_IDENTIFIER, _DATA),
        encode(
            SEQUENCE,
            encode(OBJECT_IDENTIFIER, _SHAPES[sealed.cipher].oid),
            encode(OCTET_STRING, sealed.iv),
        ),
        encode(_CONTENT_PRIMITIVE, sealed.encrypted),
    )
    enveloped = encode(SEQUENCE, encode(INTEGER, b"\0"), encode(SET, recipient_info), content)
    return encode(
        SEQUENCE, encode(OBJECT_IDENTIFIER, _ENVELOPED_DATA), encode(CONTEXT_0, enveloped)
    )


def _name(certificate: x509.Certificate) -> bytes:
    return signer(certificate.public_bytes(Encoding.DER)).issuer_and_serial


def _decode(raw: bytes, certificate: x509.Certificate) -> _Envelope:
    cursor = Cursor(raw)
    cursor.open(SEQUENCE)
    if cursor.take(OBJECT_IDENTIFIER) != _ENVELOPED_DATA:
        raise CmsError("not EnvelopedData")
    cursor.open(CONTEXT_0)
    cursor.open(SEQUENCE)
    cursor.take(INTEGER)
    if cursor.peek() == CONTEXT_0:
        cursor.skip()
    encrypted_key = _read_recipients(cursor, _name(certificate))
    cipher, iv, encrypted = _read_content(cursor)
    cursor.skip_rest()
    cursor.close()
    cursor.close()
    cursor.close()
    cursor.finish()
    if encrypted_key is None:
        raise CmsError(_CANNOT_OPEN)
    return _Envelope(cipher, iv, encrypted, encrypted_key)


def _read_recipients(cursor: Cursor, ours: bytes) -> bytes | None:
    """Find the wrapped key that names our certificate by issuer and serial number."""
    found = None
    count = 0
    cursor.open(SET)
    while cursor.peek() != -1:
        count += 1
        if count > _MAX_RECIPIENTS:
            raise CmsError("too many recipients")
        if cursor.peek() != SEQUENCE:
            # Key agreement and passwords; nobody sends them to us.
            cursor.skip()
            continue
        found = _read_recipient(cursor, ours) or found
    cursor.close()
    return found


def _read_recipient(cursor: Cursor, ours: bytes) -> bytes | None:
    cursor.open(SEQUENCE)
    cursor.take(INTEGER)
    named = b""
    if cursor.peek() == SEQUENCE:
        cursor.open(SEQUENCE)
        named = cursor.take_whole(SEQUENCE) + cursor.take_whole(INTEGER)
        cursor.close()
    else:
        cursor.skip()
    cursor.open(SEQUENCE)
    algorithm = cursor.take(OBJECT_IDENTIFIER)
    cursor.skip_rest()
    cursor.close()
    encrypted_key = cursor.take(OCTET_STRING)
    cursor.close()
    return encrypted_key if named == ours and algorithm == _RSA else None


def _read_content(cursor: Cursor) -> tuple[Cipher, bytes, bytes]:
    cursor.open(SEQUENCE)
    if cursor.take(OBJECT_IDENTIFIER) != _DATA:
        raise CmsError("content is not plain data")
    cursor.open(SEQUENCE)
    cipher = _CIPHER_OF.get(cursor.take(OBJECT_IDENTIFIER))
    if cipher is None:
        raise CmsError("cipher not permitted")
    iv = cursor.take(OCTET_STRING)
    cursor.close()
    encrypted = cursor.take_implicit_octets(_CONTENT_PRIMITIVE)
    cursor.close()
    if len(iv) != _SHAPES[cipher].block_bytes:
        raise CmsError("not EnvelopedData")
    return cipher, iv, encrypted
