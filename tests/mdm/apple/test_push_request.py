from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from mdm.apple.errors import CertificateUnusable, SignedRequestUnreadable
from mdm.apple.mdmcert import open_signed_request, refusal_in, sign_request
from mdm.apple.push_request import make_customer_request, push_request_file
from profiles import cms, plist
from tests.mdm.apple.stage import NOW

KEY = rsa.generate_private_key(65537, 2048)
VENDOR_KEY = rsa.generate_private_key(65537, 2048)


def a_certificate(
    subject: str, issuer: str, key: rsa.RSAPrivateKey = VENDOR_KEY
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=365))
        .sign(VENDOR_KEY, hashes.SHA256())
    )


VENDOR = a_certificate("Beispiel Vendor", "Beispiel Intermediate")
INTERMEDIATE = a_certificate("Beispiel Intermediate", "Beispiel Root")
ROOT = a_certificate("Beispiel Root", "Beispiel Root")
REQUEST = make_customer_request(KEY, "DE", "Stadt Beispiel", "push@example.org")
ENCRYPTION = a_certificate("return transport", "return transport", KEY)


def request_file() -> bytes:
    return push_request_file(REQUEST, VENDOR, [INTERMEDIATE, ROOT], VENDOR_KEY)


def test_the_request_names_country_organisation_and_mail() -> None:
    request = make_customer_request(KEY, "de", "Stadt Beispiel", "push@example.org")

    named = {part.oid: part.value for part in request.subject}
    assert named == {
        NameOID.COUNTRY_NAME: "DE",
        NameOID.COMMON_NAME: "Stadt Beispiel",
        NameOID.EMAIL_ADDRESS: "push@example.org",
    }
    assert request.is_signature_valid


@pytest.mark.parametrize(
    ("country", "name", "email", "field"),
    [("DEU", "Stadt", "a@example.org", "country"), ("DE", "x" * 65, "a@example.org", "name")],
)
def test_a_part_that_does_not_fit_is_named(country: str, name: str, email: str, field: str) -> None:
    with pytest.raises(CertificateUnusable) as caught:
        make_customer_request(KEY, country, name, email)

    assert caught.value.field == field


def test_a_key_of_another_size_is_refused() -> None:
    with pytest.raises(CertificateUnusable, match="2048"):
        make_customer_request(rsa.generate_private_key(65537, 1024), "DE", "Stadt", "a@b.example")


def test_the_file_is_a_base64_property_list_with_three_texts() -> None:
    document = plist.read_dict(base64.b64decode(request_file(), validate=True))

    der = base64.b64decode(plist.text(document, "PushCertRequestCSR"))
    assert der == REQUEST.public_bytes(Encoding.DER)
    assert set(document) == {
        "PushCertRequestCSR",
        "PushCertCertificateChain",
        "PushCertSignature",
    }


def test_the_vendor_signs_the_der_form_of_the_request() -> None:
    document = plist.read_dict(base64.b64decode(request_file()))

    signature = base64.b64decode(plist.text(document, "PushCertSignature"))
    der = REQUEST.public_bytes(Encoding.DER)
    VENDOR_KEY.public_key().verify(signature, der, padding.PKCS1v15(), hashes.SHA256())


def test_the_chain_runs_from_the_vendor_to_the_root_in_short_lines() -> None:
    document = plist.read_dict(base64.b64decode(request_file()))

    chain = plist.text(document, "PushCertCertificateChain")
    assert x509.load_pem_x509_certificates(chain.encode()) == [VENDOR, INTERMEDIATE, ROOT]
    assert max(map(len, chain.splitlines())) == 64
    assert "\r" not in chain


def test_a_foreign_vendor_key_is_noticed_before_the_portal_does() -> None:
    with pytest.raises(CertificateUnusable) as caught:
        push_request_file(REQUEST, VENDOR, [INTERMEDIATE, ROOT], KEY)

    assert caught.value.field == "vendor_key"


def test_a_chain_in_the_wrong_order_is_noticed_before_the_portal_does() -> None:
    with pytest.raises(CertificateUnusable) as caught:
        push_request_file(REQUEST, VENDOR, [ROOT, INTERMEDIATE], VENDOR_KEY)

    assert caught.value.field == "vendor_chain"


def test_the_signing_service_gets_both_pem_texts_in_base64() -> None:
    fields = sign_request(REQUEST, "push@example.org", "client-key", ENCRYPTION)

    assert base64.b64decode(fields["csr"]) == REQUEST.public_bytes(Encoding.PEM)
    assert base64.b64decode(fields["encrypt"]) == ENCRYPTION.public_bytes(Encoding.PEM)
    assert (fields["email"], fields["key"]) == ("push@example.org", "client-key")
    assert json.loads(json.dumps(dict(fields))) == fields


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (b'{"result": "success"}', None),
        (b'{"result": "failure", "reason": "not registered"}', "not registered"),
        (b'{"result": "failure"}', "no reason given"),
        (b"<html>", "unreadable answer"),
        (b"[]", "unreadable answer"),
    ],
)
def test_the_answer_of_the_signing_service_is_understood(
    answer: bytes, refusal: str | None
) -> None:
    assert refusal_in(answer) == refusal


def test_the_signed_request_in_the_mail_is_opened() -> None:
    attachment = cms.envelope(request_file(), ENCRYPTION).hex().encode()
    in_lines = b"\r\n".join(attachment[i : i + 64] for i in range(0, len(attachment), 64))

    assert open_signed_request(in_lines, ENCRYPTION, KEY) == request_file()


@pytest.mark.parametrize(
    "attachment",
    [
        b"",
        b"no hex",
        b"abc",
        b"30820100",
        cms.envelope(b"something else", ENCRYPTION).hex().encode(),
        cms.envelope(base64.b64encode(plist.write({"A": "b"})), ENCRYPTION).hex().encode(),
    ],
    ids=["empty", "no hex", "odd", "cut off", "other content", "other property list"],
)
def test_any_other_attachment_is_refused(attachment: bytes) -> None:
    with pytest.raises(SignedRequestUnreadable):
        open_signed_request(attachment, ENCRYPTION, KEY)


def test_an_attachment_for_an_earlier_key_is_refused() -> None:
    attachment = cms.envelope(request_file(), ENCRYPTION).hex().encode()

    with pytest.raises(SignedRequestUnreadable):
        open_signed_request(attachment, ENCRYPTION, VENDOR_KEY)
