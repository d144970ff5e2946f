"""What stands in the certificates of the embedded authority."""

from datetime import timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import KeyRefused
from enrollment.identity import (
    IdentityCertificate,
    IdentitySubject,
    create_authority,
    issue,
    renew_at,
    tls_certificate,
)
from profiles.cms import fingerprint, issued_by
from tests.enrollment.facts import NOW
from tests.enrollment.keys import SERIAL_NUMBER, authority, ec_key, rsa_key

IPAD = IdentitySubject("enrollment-17", "Beispielstadt")


def issued(key: CertificateIssuerPublicKeyTypes, **details: timedelta) -> x509.Certificate:
    return issue(key, IPAD, authority(), NOW, SERIAL_NUMBER + 1, **details)


def usage_of(certificate: x509.Certificate) -> x509.KeyUsage:
    return certificate.extensions.get_extension_for_class(x509.KeyUsage).value


def purposes_of(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_the_authority_may_sign_certificates_and_receive_scep_requests() -> None:
    root = authority().certificate

    usage = usage_of(root)

    assert usage.key_cert_sign
    assert usage.crl_sign
    assert usage.digital_signature
    assert usage.key_encipherment
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).critical
    assert issued_by(root, root)


def test_the_authority_outlives_its_devices() -> None:
    assert authority().certificate.not_valid_after_utc > NOW + timedelta(days=10 * 365)


def test_a_short_key_makes_no_authority() -> None:
    with pytest.raises(KeyRefused):
        create_authority("Beispielstadt", rsa_key(2048), NOW, SERIAL_NUMBER)


def test_a_device_certificate_is_for_signing_in_and_nothing_else() -> None:
    certificate = issued(rsa_key().public_key())

    assert issued_by(certificate, authority().certificate)
    assert purposes_of(certificate) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not usage_of(certificate).key_cert_sign


def test_the_subject_comes_from_our_records() -> None:
    certificate = issued(rsa_key().public_key())

    assert certificate.subject.rfc4514_string() == "CN=enrollment-17,O=Beispielstadt"


def test_only_an_rsa_key_is_certified_for_encryption() -> None:
    assert usage_of(issued(rsa_key().public_key())).key_encipherment
    assert not usage_of(issued(ec_key().public_key())).key_encipherment


def test_a_certificate_is_already_valid_for_a_device_whose_clock_is_slow() -> None:
    certificate = issued(rsa_key().public_key())

    assert certificate.not_valid_before_utc <= NOW - timedelta(hours=23)


def test_no_certificate_outlives_its_authority() -> None:
    certificate = issued(rsa_key().public_key(), lifetime=timedelta(days=100 * 365))

    assert certificate.not_valid_after_utc == authority().certificate.not_valid_after_utc


@pytest.mark.parametrize(
    "key",
    [rsa_key(1024).public_key(), ec.generate_private_key(ec.SECP224R1()).public_key()],
)
def test_a_weak_key_is_not_certified(key: CertificateIssuerPublicKeyTypes) -> None:
    with pytest.raises(KeyRefused):
        issued(key)


@pytest.mark.parametrize("serial_number", [-SERIAL_NUMBER, 0, 1, 1 << 160])
def test_a_guessable_or_overlong_serial_number_is_refused(serial_number: int) -> None:
    with pytest.raises(ValueError, match="serial number"):
        issue(ec_key().public_key(), IPAD, authority(), NOW, serial_number)


def test_what_is_remembered_of_a_certificate_identifies_it_and_its_key() -> None:
    first = issued(ec_key().public_key())
    second = issue(ec_key().public_key(), IPAD, authority(), NOW, SERIAL_NUMBER + 2)

    remembered, other = IdentityCertificate.of(first), IdentityCertificate.of(second)

    assert remembered.fingerprint == fingerprint(first.public_bytes(Encoding.DER))
    assert remembered.not_after == first.not_valid_after_utc
    assert remembered.fingerprint != other.fingerprint
    assert remembered.public_key_digest == other.public_key_digest
    assert len(remembered.public_key_digest) == 32


@given(days=st.integers(min_value=1, max_value=2000), before=st.integers(0, 3000))
def test_renewal_begins_before_the_end_and_never_in_the_first_half(days: int, before: int) -> None:
    identity = IdentityCertificate(b"f", NOW, NOW + timedelta(days=days), b"k", SERIAL_NUMBER)

    begin = renew_at(identity, timedelta(days=before))

    assert NOW + timedelta(days=days) / 2 <= begin <= identity.not_after


def test_a_server_certificate_names_its_hosts_and_ends_within_398_days() -> None:
    certificate = tls_certificate(
        ec_key().public_key(),
        ["mdm.beispielstadt.example", "192.0.2.7"],
        authority(),
        NOW,
        SERIAL_NUMBER + 3,
    )

    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["mdm.beispielstadt.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("192.0.2.7")]
    assert purposes_of(certificate) == [ExtendedKeyUsageOID.SERVER_AUTH]
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lifetime <= timedelta(days=398)
    assert issued_by(certificate, authority().certificate)


def test_a_server_certificate_without_a_host_is_refused() -> None:
    with pytest.raises(ValueError, match="host"):
        tls_certificate(ec_key().public_key(), [], authority(), NOW, SERIAL_NUMBER)
