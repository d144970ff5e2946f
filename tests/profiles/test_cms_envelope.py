"""Envelopes: sealing, opening, and one answer to everything that goes wrong."""

import contextlib
import random

import pytest
from asn1crypto import cms as asn1_cms
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from profiles import cms
from profiles.cms import Cipher
from profiles.cms_ber import Cursor, encode, encode_indefinite
from profiles.errors import CmsError
from tests.profiles.cms_samples import (
    certificate,
    ec_certificate,
    rsa_certificate,
    rsa_key,
)

SECRET = b"WLAN-Passwort der Beispielschule Nord"


@pytest.mark.parametrize("cipher", Cipher)
@pytest.mark.parametrize("content", [b"", b"x" * 16, SECRET])
def test_what_is_sealed_opens_again(cipher: Cipher, content: bytes) -> None:
    sealed = cms.envelope(content, rsa_certificate(), cipher, allow_legacy=True)

    opened = cms.open_envelope(sealed, rsa_certificate(), rsa_key(), allow_legacy=True)

    assert opened == content
    assert SECRET not in sealed


@pytest.mark.parametrize("cipher", [Cipher.AES_128, Cipher.AES_256])
def test_another_library_opens_what_we_seal(cipher: Cipher) -> None:
    sealed = cms.envelope(SECRET, rsa_certificate(), cipher)

    assert pkcs7.pkcs7_decrypt_der(sealed, rsa_certificate(), rsa_key(), []) == SECRET


@pytest.mark.parametrize("cipher", Cipher)
def test_another_library_reads_the_cipher(cipher: Cipher) -> None:
    sealed = cms.envelope(SECRET, rsa_certificate(), cipher, allow_legacy=True)

    enveloped = asn1_cms.ContentInfo.load(sealed, strict=True)["content"]

    algorithm = enveloped["encrypted_content_info"]["content_encryption_algorithm"]
    expected = {Cipher.DES: "des", Cipher.TRIPLE_DES: "tripledes"}.get(cipher, "aes")
    assert algorithm.encryption_cipher == expected


def test_we_open_what_another_library_seals() -> None:
    sealed = (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(SECRET)
        .add_recipient(certificate(rsa_key("stranger"), "stranger"))
        .add_recipient(rsa_certificate())
        .encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )

    assert cms.open_envelope(sealed, rsa_certificate(), rsa_key()) == SECRET


def test_indefinite_lengths_and_content_in_pieces_are_opened() -> None:
    sealed = _in_ber(cms.envelope(SECRET, rsa_certificate()))

    assert cms.open_envelope(sealed, rsa_certificate(), rsa_key()) == SECRET


def _in_ber(sealed: bytes) -> bytes:
    """Rewrite an envelope as Apple's portal sends it."""
    cursor = Cursor(sealed)
    cursor.open(0x30)
    kind = cursor.take_whole(0x06)
    cursor.open(0xA0)
    cursor.open(0x30)
    version, recipients = cursor.take_whole(0x02), cursor.take_whole(0x31)
    cursor.open(0x30)
    content_kind, algorithm = cursor.take_whole(0x06), cursor.take_whole(0x30)
    encrypted = cursor.take(0x80)
    pieces = [encode(0x04, encrypted[at : at + 10]) for at in range(0, len(encrypted), 10)]
    content = encode_indefinite(0x30, content_kind, algorithm, encode_indefinite(0xA0, *pieces))
    enveloped = encode_indefinite(0x30, version, recipients, content)
    return encode_indefinite(0x30, kind, encode_indefinite(0xA0, enveloped))


def test_des_is_refused_unless_legacy_is_allowed() -> None:
    sealed = cms.envelope(SECRET, rsa_certificate(), Cipher.DES, allow_legacy=True)

    with pytest.raises(CmsError, match="cipher"):
        cms.open_envelope(sealed, rsa_certificate(), rsa_key())
    with pytest.raises(CmsError, match="cipher"):
        cms.envelope(SECRET, rsa_certificate(), Cipher.DES)


def test_an_elliptic_recipient_is_refused() -> None:
    with pytest.raises(CmsError, match="RSA"):
        cms.envelope(SECRET, ec_certificate())


def test_every_failure_to_open_reads_alike() -> None:
    """Who probes must not learn which step failed."""
    stranger = certificate(rsa_key("stranger"), "stranger")
    sealed = cms.envelope(SECRET, rsa_certificate())
    wrapped_at = sealed.index(b"\x04\x82\x01\x00") + 4
    altered_key = sealed[:wrapped_at] + bytes(256) + sealed[wrapped_at + 256 :]
    cut = sealed[:-1] + bytes([sealed[-1] ^ 0xFF])

    reasons = {
        _reason(cms.envelope(SECRET, stranger)),
        *(_reason(altered) for altered in (altered_key, cut)),
    } - {""}

    assert reasons == {"message cannot be opened with this key"}


def _reason(sealed: bytes) -> str:
    """Empty if random bytes happen to end like padding, which one in 256 do."""
    try:
        opened = cms.open_envelope(sealed, rsa_certificate(), rsa_key())
    except CmsError as error:
        return error.reason
    assert opened != SECRET
    return ""


def test_mutated_envelopes_raise_nothing_but_the_one_exception() -> None:
    chance = random.Random(49)
    sealed = cms.envelope(SECRET, rsa_certificate())
    wrapped_at = sealed.index(b"\x04\x82\x01\x00") + 4

    for _ in range(1500):
        mutated = bytearray(sealed)
        # Mostly around the structure: inside the wrapped key each try costs an RSA operation.
        at = chance.choice([chance.randrange(wrapped_at), -chance.randrange(1, 80)])
        mutated[at] = chance.randrange(256)
        with contextlib.suppress(CmsError):
            cms.open_envelope(bytes(mutated), rsa_certificate(), rsa_key())
