"""Signatures around messages: every accepted form, and all that must not pass."""

import hashlib
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from profiles import cms
from profiles.cms import PrivateKey, SignatureForm
from profiles.cms_algorithms import Oid
from profiles.cms_ber import SEQUENCE, SET, encode
from profiles.cms_signed import MAX_MESSAGE
from profiles.errors import BadSignature, CmsError
from tests.profiles.cms_samples import (
    BODY,
    certificate,
    ec_certificate,
    ec_key,
    rsa_certificate,
    rsa_key,
)

FORMS = [
    (rsa_key, rsa_certificate, SignatureForm.APPLE_LEGACY),
    (rsa_key, rsa_certificate, SignatureForm.SHA256_BER),
    (rsa_key, rsa_certificate, SignatureForm.SHA256_DER_ATTRIBUTES),
    (ec_key, ec_certificate, SignatureForm.SHA256_BER),
    (ec_key, ec_certificate, SignatureForm.SHA256_DER_ATTRIBUTES),
]
IDS = [f"{key.__name__}-{form.value}" for key, _, form in FORMS]
SHA256 = bytes.fromhex("608648016503040201")
Maker = Callable[[], PrivateKey]
Issuer = Callable[[], x509.Certificate]


def der(of: x509.Certificate) -> bytes:
    return of.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(("key", "issue", "form"), FORMS, ids=IDS)
def test_a_detached_signature_of_each_form_proves_its_body(
    key: Maker, issue: Issuer, form: SignatureForm
) -> None:
    header = cms.encode_signature_header(cms.sign_detached(BODY, issue(), key(), form))

    signed = cms.read_signed(cms.decode_signature_header(header))
    cms.verify_detached(signed, BODY)

    assert signed.content is None
    assert signed.fingerprint == hashlib.sha256(der(issue())).digest()
    assert signed.signer.certificate_der == der(issue())


@pytest.mark.parametrize(("key", "issue", "form"), FORMS, ids=IDS)
def test_another_body_is_not_proven(key: Maker, issue: Issuer, form: SignatureForm) -> None:
    signed = cms.read_signed(cms.sign_detached(BODY, issue(), key(), form))

    with pytest.raises(BadSignature):
        cms.verify_detached(signed, BODY + b" ")


@pytest.mark.parametrize(("key", "issue", "form"), FORMS, ids=IDS)
def test_an_attached_message_gives_its_content_byte_for_byte(
    key: Maker, issue: Issuer, form: SignatureForm
) -> None:
    raw = cms.sign_attached(BODY, issue(), key(), form=form)

    signed, content = cms.verify_attached(raw)

    assert content == BODY
    assert signed.content == BODY


def test_the_legacy_form_looks_like_the_one_of_real_devices() -> None:
    raw = cms.sign_detached(BODY, rsa_certificate(), rsa_key(), SignatureForm.APPLE_LEGACY)

    signed = cms.read_signed(raw)

    assert raw.startswith(b"\x30\x80")
    assert signed.digest is cms.Digest.SHA1
    assert signed.signed_attributes is None
    assert len(signed.certificates) == 1


def test_the_legacy_form_needs_an_rsa_key() -> None:
    with pytest.raises(CmsError):
        cms.sign_detached(BODY, ec_certificate(), ec_key(), SignatureForm.APPLE_LEGACY)


@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
@pytest.mark.parametrize(("key", "issue"), [(rsa_key, rsa_certificate), (ec_key, ec_certificate)])
def test_messages_of_another_library_are_proven(
    key: Maker, issue: Issuer, digest: hashes.SHA256 | hashes.SHA384 | hashes.SHA512
) -> None:
    raw = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(BODY)
        .add_signer(issue(), key(), digest)
        .sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )

    signed, content = cms.verify_attached(raw)

    assert content == BODY
    assert signed.digest.value == digest.name


def test_profiles_are_signed_alike_twice_and_carry_their_chain() -> None:
    root_key = ec_key("authority")
    root = certificate(root_key, "authority", authority=True, serial=1)
    leaf = certificate(rsa_key(), issuer="authority", issuer_key=root_key)

    first, second = (cms.sign_attached(BODY, leaf, rsa_key(), [root]) for _ in range(2))

    assert first == second
    assert set(cms.read_signed(first).certificates) == {der(leaf), der(root)}


def test_further_attributes_are_signed_and_read_back() -> None:
    oid = bytes.fromhex("6086480186f845010902")
    value = encode(0x13, b"19")

    raw = cms.sign_attached(BODY, rsa_certificate(), rsa_key(), attributes={oid: value})

    signed, _ = cms.verify_attached(raw)
    assert signed.attributes[oid] == value


def test_another_library_reads_certificates_only_without_complaint() -> None:
    both = [rsa_certificate(), ec_certificate()]

    there, back = (
        pkcs7.load_der_pkcs7_certificates(cms.certificates_only(order))
        for order in (both, both[::-1])
    )

    assert set(there) == set(both)
    assert there == back


def test_a_signature_under_a_copied_subject_has_another_fingerprint() -> None:
    forged = certificate(rsa_key("stranger"))

    raw = cms.sign_detached(BODY, forged, rsa_key("stranger"), SignatureForm.SHA256_BER)

    signed = cms.read_signed(raw)
    cms.verify_detached(signed, BODY)
    assert forged.subject == rsa_certificate().subject
    assert signed.fingerprint != cms.fingerprint(der(rsa_certificate()))


def test_a_swapped_certificate_does_not_prove_anything() -> None:
    raw = cms.sign_detached(BODY, rsa_certificate(), rsa_key(), SignatureForm.SHA256_BER)
    other = certificate(rsa_key("stranger"))
    assert len(der(other)) == len(der(rsa_certificate()))

    signed = cms.read_signed(raw.replace(der(rsa_certificate()), der(other)))

    with pytest.raises(BadSignature):
        cms.verify_detached(signed, BODY)


@pytest.mark.parametrize("form", [SignatureForm.SHA256_BER, SignatureForm.SHA256_DER_ATTRIBUTES])
def test_no_flipped_bit_of_the_signature_passes(form: SignatureForm) -> None:
    raw = cms.sign_detached(BODY, rsa_certificate(), rsa_key(), form)
    signature = cms.read_signed(raw).signature
    at = raw.rindex(signature)

    for position in range(at, at + len(signature), 16):
        flipped = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        with pytest.raises(BadSignature):
            cms.verify_detached(cms.read_signed(flipped), BODY)


def test_a_detached_check_refuses_a_message_with_its_own_content() -> None:
    signed = cms.read_signed(cms.sign_attached(BODY, rsa_certificate(), rsa_key()))

    with pytest.raises(BadSignature):
        cms.verify_detached(signed, BODY)


def test_an_attached_check_refuses_a_message_without_content() -> None:
    raw = cms.sign_detached(BODY, rsa_certificate(), rsa_key(), SignatureForm.SHA256_BER)

    with pytest.raises(BadSignature):
        cms.verify_attached(raw)


def test_attributes_are_never_accepted_as_content() -> None:
    """Who signs a body that looks like attributes must not have signed another message by it."""
    raw = cms.sign_detached(BODY, rsa_certificate(), rsa_key(), SignatureForm.SHA256_DER_ATTRIBUTES)
    signed = cms.read_signed(raw)
    assert signed.signed_attributes is not None

    with pytest.raises(BadSignature):
        cms.verify_detached(signed, signed.signed_attributes)


def _with_attributes(replacements: dict[bytes, bytes]) -> bytes:
    raw = cms.sign_detached(BODY, rsa_certificate(), rsa_key(), SignatureForm.SHA256_DER_ATTRIBUTES)
    for old, new in replacements.items():
        assert len(old) == len(new)
        assert old in raw
        raw = raw.replace(old, new)
    return raw


@pytest.mark.parametrize("oid", [Oid.MESSAGE_DIGEST, Oid.CONTENT_TYPE])
def test_a_missing_attribute_is_refused(oid: bytes) -> None:
    raw = _with_attributes({b"\x06\x09" + oid: b"\x06\x09" + oid[:-1] + b"\x63"})

    with pytest.raises(BadSignature):
        cms.verify_detached(cms.read_signed(raw), BODY)


def test_an_attribute_that_comes_twice_is_refused() -> None:
    raw = _with_attributes({b"\x06\x09" + Oid.CONTENT_TYPE: b"\x06\x09" + Oid.MESSAGE_DIGEST})

    with pytest.raises(CmsError, match="twice"):
        cms.read_signed(raw)


def test_md5_is_refused() -> None:
    md5 = bytes.fromhex("2a864886f70d0205")

    with pytest.raises(CmsError, match="digest"):
        cms.read_signed(_signed_with(digest=md5))


def _algorithm(oid: bytes) -> bytes:
    return encode(SEQUENCE, encode(0x06, oid), b"\x05\x00")


def test_digest_and_signature_algorithm_must_agree() -> None:
    sha256_with_rsa = bytes.fromhex("2a864886f70d01010b")
    sha512_with_rsa = bytes.fromhex("2a864886f70d01010d")
    raw = cms.sign_detached(BODY, rsa_certificate(), rsa_key(), SignatureForm.SHA256_BER)
    at = raw.rindex(sha256_with_rsa)

    with pytest.raises(CmsError):
        cms.read_signed(raw[:at] + sha512_with_rsa + raw[at + len(sha512_with_rsa) :])


def test_a_short_rsa_key_is_refused_unless_the_caller_asks_for_it() -> None:
    short = rsa_key("old", 1024)
    raw = cms.sign_attached(BODY, certificate(short), short, form=SignatureForm.APPLE_LEGACY)

    with pytest.raises(BadSignature, match="length"):
        cms.verify_attached(raw)
    assert cms.verify_attached(raw, minimum_rsa_bits=1024)[1] == BODY


def test_an_unusual_kind_of_key_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    name = rsa_certificate().subject
    issued = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(rsa_certificate().not_valid_before_utc)
        .not_valid_after(rsa_certificate().not_valid_after_utc)
        .sign(rsa_key(), hashes.SHA256())
    )

    with pytest.raises(BadSignature, match="kind of key"):
        cms.public_key(der(issued))


def test_an_unusual_curve_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256K1())

    with pytest.raises(BadSignature, match="kind of key"):
        cms.public_key(der(certificate(key)))


def test_an_exponent_of_three_is_odd_but_sound_and_a_huge_one_is_refused() -> None:
    modulus = rsa_key().public_key().public_numbers().n
    sound = rsa.RSAPublicNumbers(3, modulus).public_key()
    huge = rsa.RSAPublicNumbers(2**64 + 1, modulus).public_key()

    assert cms.public_key(_issued_for(sound))
    with pytest.raises(BadSignature, match="exponent"):
        cms.public_key(_issued_for(huge))


def _issued_for(key: rsa.RSAPublicKey) -> bytes:
    template = rsa_certificate()
    builder = x509.CertificateBuilder(
        issuer_name=template.subject,
        subject_name=template.subject,
        public_key=key,
        serial_number=2,
        not_valid_before=template.not_valid_before_utc,
        not_valid_after=template.not_valid_after_utc,
    )
    return der(builder.sign(rsa_key(), hashes.SHA256()))


def test_the_key_must_fit_the_algorithm() -> None:
    """An EC certificate under an RSA signature with the same issuer and serial number."""
    raw = cms.sign_detached(BODY, rsa_certificate(), rsa_key(), SignatureForm.SHA256_DER_ATTRIBUTES)
    signed = cms.read_signed(raw)
    fooled = cms.SignedMessage(
        content=None,
        certificates=(der(ec_certificate()),),
        signer=cms.Signer(der(ec_certificate()), b"", b""),
        digest=signed.digest,
        key_kind=signed.key_kind,
        signature=signed.signature,
        attributes=signed.attributes,
        signed_attributes=signed.signed_attributes,
    )

    with pytest.raises(BadSignature, match="fit"):
        cms.verify_detached(fooled, BODY)


def _signed_with(
    *,
    certificates: int = 1,
    signers: int = 1,
    name: bytes | None = None,
    digest: bytes = SHA256,
    tail: bytes = b"",
) -> bytes:
    """Build a DER message by hand around a real signer info."""
    raw = cms.sign_detached(BODY, rsa_certificate(), rsa_key(), SignatureForm.SHA256_BER)
    info_start = raw.rindex(b"\x31", 0, raw.rindex(cms.read_signed(raw).signer.issuer_and_serial))
    info = raw[raw.index(b"\x30", info_start) : -6]
    if name is not None:
        named = encode(SEQUENCE, cms.read_signed(raw).signer.issuer_and_serial)
        info = encode(SEQUENCE, info[4:].replace(named, name))
    info = encode(SEQUENCE, info[4:].replace(_algorithm(SHA256), _algorithm(digest)))
    signed = encode(
        SEQUENCE,
        encode(0x02, b"\1"),
        encode(SET, _algorithm(digest)),
        encode(SEQUENCE, encode(0x06, Oid.DATA)),
        encode(0xA0, der(rsa_certificate()) * certificates),
        encode(SET, info * signers),
    )
    return encode(SEQUENCE, encode(0x06, Oid.SIGNED_DATA), encode(0xA0, signed)) + tail


def test_the_message_built_by_hand_is_good_when_nothing_is_wrong() -> None:
    cms.verify_detached(cms.read_signed(_signed_with()), BODY)


@pytest.mark.parametrize(
    "raw",
    [
        _signed_with(signers=0),
        _signed_with(signers=2),
        _signed_with(certificates=0),
        _signed_with(certificates=11),
        _signed_with(certificates=1000),
        _signed_with(name=encode(0x80, b"\1" * 20)),
        _signed_with(name=encode(SEQUENCE, encode(SEQUENCE), encode(0x02, b"\1"))),
        _signed_with(tail=b"\0"),
        b"",
        b"\x30",
        b"\x30\x80",
        b"\x30\x80" * 20_000,
        b"\x24\x80" * 20_000,
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x85\x00\x00\x00\x00\x01\x00",
        b"\x04\x80\x00\x00",
        b"\xff" * 64,
        bytes(64),
        b"\x30\x82\xff\xff" + bytes(MAX_MESSAGE),
        cms.certificates_only([rsa_certificate()]),
        der(rsa_certificate()),
    ],
    ids=[
        "no signer",
        "two signers",
        "no certificate",
        "11 certificates",
        "1,000 certificates",
        "signer by key identifier",
        "signer unknown",
        "bytes after the end",
        "empty",
        "one byte",
        "unclosed",
        "deep nesting",
        "deep strings",
        "length beyond the end",
        "length of five octets",
        "indefinite primitive",
        "all ones",
        "all zeros",
        "over the limit",
        "certificates only",
        "a certificate",
    ],
)
def test_bad_structures_are_refused(raw: bytes) -> None:
    with pytest.raises(CmsError):
        cms.read_signed(raw)


def test_two_certificates_under_the_name_of_the_signer_are_refused() -> None:
    raw = cms.sign_attached(BODY, rsa_certificate(), rsa_key(), [certificate(rsa_key("stranger"))])

    with pytest.raises(CmsError, match="ambiguous"):
        cms.read_signed(raw)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "not base64!",
        "AAA",
        "AA_-",
        "AAAA\n",
        " AAAA",
        "AAAA=",
        "AAAA====",
        "ÄÄÄÄ",
        "A" * (16 * 1024 + 4),
    ],
)
def test_a_header_that_is_no_standard_base64_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        cms.decode_signature_header(header)
