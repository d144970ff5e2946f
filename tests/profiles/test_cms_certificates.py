"""Who issued a certificate, and when it is valid."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from profiles import cms
from tests.profiles.cms_samples import (
    NOT_AFTER,
    NOT_BEFORE,
    certificate,
    ec_key,
    rsa_certificate,
    rsa_key,
)

ROOT = certificate(ec_key("authority"), "authority", authority=True)
OLD_ROOT = certificate(rsa_key("authority"), "authority", authority=True)


def test_a_certificate_of_our_authority_is_recognised() -> None:
    leaf = certificate(rsa_key(), issuer="authority", issuer_key=ec_key("authority"))

    assert cms.issued_by(leaf, ROOT)


def test_any_of_several_generations_of_the_authority_may_have_issued_it() -> None:
    leaf = certificate(ec_key(), issuer="authority", issuer_key=rsa_key("authority"))

    assert not cms.issued_by(leaf, ROOT)
    assert cms.issued_by(leaf, ROOT, OLD_ROOT)


def test_without_an_authority_nothing_is_issued() -> None:
    assert not cms.issued_by(ROOT)


def test_another_authority_with_the_same_name_is_not_recognised() -> None:
    leaf = certificate(rsa_key(), issuer="authority", issuer_key=ec_key("stranger"))

    assert not cms.issued_by(leaf, ROOT, OLD_ROOT)


def test_another_name_over_the_right_key_is_not_recognised() -> None:
    leaf = certificate(rsa_key(), issuer="stranger", issuer_key=ec_key("authority"))

    assert not cms.issued_by(leaf, ROOT)


def test_a_device_cannot_issue_certificates_to_others() -> None:
    leaf = certificate(ec_key(), "other", issuer="ipad", issuer_key=rsa_key())

    assert not cms.issued_by(leaf, rsa_certificate())


@pytest.mark.parametrize("cert_sign", [True, False])
def test_the_key_usage_of_an_authority_is_respected(cert_sign: bool) -> None:
    root = certificate(ec_key("authority"), "authority", authority=True, cert_sign=cert_sign)
    leaf = certificate(rsa_key(), issuer="authority", issuer_key=ec_key("authority"))

    assert cms.issued_by(leaf, root) is cert_sign


def test_a_certificate_is_valid_between_its_dates() -> None:
    second = timedelta(seconds=1)

    assert cms.valid_at(rsa_certificate(), NOT_BEFORE)
    assert cms.valid_at(rsa_certificate(), NOT_AFTER)
    assert not cms.valid_at(rsa_certificate(), NOT_BEFORE - second)
    assert not cms.valid_at(rsa_certificate(), NOT_AFTER + second)


def test_a_certificate_too_large_for_the_cache_is_used_all_the_same() -> None:
    key = rsa_key()
    padded = (
        x509.CertificateBuilder(
            issuer_name=OLD_ROOT.subject,
            subject_name=rsa_certificate().subject,
            public_key=key.public_key(),
            serial_number=1,
            not_valid_before=NOT_BEFORE,
            not_valid_after=NOT_AFTER,
        )
        .add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes(5000)),
            critical=False,
        )
        .sign(rsa_key("authority"), hashes.SHA256())
    )

    raw = cms.sign_attached(b"content", padded, key)

    assert cms.verify_attached(raw)[1] == b"content"
