"""Certificate payloads: what may be trusted, and ready-made identities."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from profiles.errors import InvalidPayload
from profiles.payloads.certificates import (
    Certificate,
    CertificateRole,
    Pkcs12Identity,
    certificate_payload,
    pkcs12_payload,
)
from profiles.variables import DeviceVariables, fill

IDENTIFIER = "de.beispielstadt.wlan.wurzel"
NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = "ge$$HEIM"


@cache
def a_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def a_certificate(subject: str = "Beispielstadt Wurzel", issuer: str = "") -> x509.Certificate:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or subject))
        .public_key(a_key().public_key())
        .serial_number(7)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_BEFORE + timedelta(days=3650))
        .sign(a_key(), hashes.SHA256())
    )


ROOT_DER = a_certificate().public_bytes(Encoding.DER)
ROOT_PEM = a_certificate().public_bytes(Encoding.PEM)
KEY_PEM = a_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def a_pkcs12(*, with_key: bool = True, password: str = PASSWORD) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"ipad",
        a_key() if with_key else None,
        a_certificate(),
        None,
        BestAvailableEncryption(password.encode()) if password else NoEncryption(),
    )


@pytest.mark.parametrize(
    "file", [ROOT_DER, ROOT_PEM, b"Beispielstadt\n" + ROOT_PEM], ids=["DER", "PEM", "PEM, text"]
)
def test_a_certificate_is_read_from_either_form(file: bytes) -> None:
    certificate = Certificate.read(file)

    assert certificate == Certificate(ROOT_DER, "CN=Beispielstadt Wurzel", is_self_issued=True)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"hello",
        ROOT_DER[:-1],
        ROOT_DER + b"\0",
        ROOT_PEM + ROOT_PEM,
        ROOT_PEM + KEY_PEM,
        KEY_PEM,
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"\x30" * 2_000_000,
    ],
    ids=["empty", "text", "cut", "more", "two", "with key", "key", "broken PEM", "huge"],
)
def test_anything_else_is_refused(file: bytes) -> None:
    with pytest.raises(InvalidPayload) as refused:
        Certificate.read(file)

    assert refused.value.field == "PayloadContent"


@given(st.binary(max_size=200))
def test_no_file_surprises_the_reader(file: bytes) -> None:
    with pytest.raises(InvalidPayload):
        Certificate.read(file)


# The library warns about odd certificates that it reads all the same.
@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.integers(0, len(ROOT_DER) - 1), st.integers(1, 255))
def test_a_damaged_certificate_is_read_or_refused(place: int, change: int) -> None:
    damaged = bytearray(ROOT_DER)
    damaged[place] ^= change

    with suppress(InvalidPayload):
        Certificate.read(bytes(damaged))


def test_a_name_that_the_library_cannot_decode_is_refused() -> None:
    # UTF8String of the common name becomes a BIT STRING.
    damaged = ROOT_DER.replace(b"\x0c\x14Beispielstadt", b"\x03\x14Beispielstadt")

    with pytest.raises(InvalidPayload):
        Certificate.read(damaged)


def test_a_root_becomes_a_payload_named_after_its_subject() -> None:
    payload = certificate_payload(Certificate.read(ROOT_PEM), CertificateRole.ROOT, IDENTIFIER)

    assert payload.type == "com.apple.security.root"
    assert payload.display_name == "CN=Beispielstadt Wurzel"
    assert payload.content == {"PayloadContent": ROOT_DER}


def test_both_forms_of_a_file_give_the_same_payload() -> None:
    from_der, from_pem = (
        certificate_payload(Certificate.read(file), CertificateRole.ROOT, IDENTIFIER)
        for file in (ROOT_DER, ROOT_PEM)
    )

    assert from_der == from_pem


def test_the_role_is_part_of_what_the_uuid_tells() -> None:
    root, intermediate = (
        certificate_payload(Certificate.read(ROOT_DER), role, IDENTIFIER)
        for role in CertificateRole
    )

    assert root.uuid != intermediate.uuid


def test_an_intermediate_becomes_a_payload_of_its_own_type() -> None:
    issued = a_certificate("Beispielstadt WLAN", "Beispielstadt Wurzel")
    certificate = Certificate.read(issued.public_bytes(Encoding.DER))

    payload = certificate_payload(certificate, CertificateRole.INTERMEDIATE, IDENTIFIER, "WLAN")

    assert (payload.type, payload.display_name) == ("com.apple.security.pkcs1", "WLAN")


def test_a_certificate_issued_by_another_is_no_root() -> None:
    issued = a_certificate("Beispielstadt WLAN", "Beispielstadt Wurzel")
    certificate = Certificate.read(issued.public_bytes(Encoding.DER))

    with pytest.raises(InvalidPayload) as refused:
        certificate_payload(certificate, CertificateRole.ROOT, IDENTIFIER)

    assert refused.value.next_step == "install it as intermediate"


def test_an_identity_carries_its_password_as_typed() -> None:
    identity = Pkcs12Identity(a_pkcs12(), PASSWORD)

    payload = pkcs12_payload(identity, IDENTIFIER, "Ausweis")

    filled = fill(payload.content, DeviceVariables())
    assert filled == {"PayloadContent": a_pkcs12(), "Password": PASSWORD}


def test_an_identity_without_a_password_has_no_such_key() -> None:
    identity = Pkcs12Identity(a_pkcs12(password=""), "")

    payload = pkcs12_payload(identity, IDENTIFIER, "Ausweis")

    assert payload.content.keys() == {"PayloadContent"}


@pytest.mark.parametrize(
    ("file", "password"),
    [
        (a_pkcs12(), "falsch"),
        (a_pkcs12(), ""),
        (a_pkcs12()[:-9], PASSWORD),
        (b"", ""),
        (ROOT_DER, ""),
        (a_pkcs12(with_key=False), PASSWORD),
    ],
    ids=["wrong password", "no password", "cut", "empty", "certificate", "without key"],
)
def test_an_identity_that_an_ipad_could_not_open_is_refused(file: bytes, password: str) -> None:
    with pytest.raises(InvalidPayload) as refused:
        Pkcs12Identity(file, password)

    assert refused.value.field == "PayloadContent"
    assert not password or password not in str(refused.value)


def test_no_key_and_no_password_is_shown_in_a_log() -> None:
    assert repr(Pkcs12Identity(a_pkcs12(), PASSWORD)) == "Pkcs12Identity()"
