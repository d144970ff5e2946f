"""Assets and the documents behind them."""

import hashlib
import json
from collections.abc import Callable

import pytest

from profiles.declarations.assets import (
    DER_CERTIFICATE,
    JSON,
    PLIST,
    Credential,
    Document,
    FetchedAs,
    credential,
    data,
    identity_document,
    password_document,
    user_identity,
)
from profiles.declarations.declaration import server_token
from profiles.errors import InvalidPayload

URL = "https://mdm.beispielstadt.example/assets/4711"
PASSWORD = password_document("muster", "geheim")


def secret(body: bytes = PASSWORD) -> Document:
    return Document.of(URL, JSON, body)


def test_a_reference_says_what_the_bytes_must_be() -> None:
    assert data(Document.of(URL, PLIST, b"<plist/>"), "asset.app").payload == {
        "Reference": {
            "DataURL": URL,
            "ContentType": PLIST,
            "Size": 8,
            "Hash-SHA-256": hashlib.sha256(b"<plist/>").hexdigest(),
        }
    }


def test_another_document_changes_the_token_of_the_asset() -> None:
    first, second = (
        credential(Credential.PASSWORD, secret(password_document("muster", word)), "asset.p")
        for word in ("geheim", "anders")
    )

    assert server_token(first) != server_token(second)


def test_an_identity_may_be_usable_while_locked_again() -> None:
    payload = credential(Credential.SCEP, secret(), "asset.s", after_first_unlock=True).payload

    assert payload["Accessible"] == "AfterFirstUnlock"


def test_public_data_may_be_fetched_by_anybody() -> None:
    declaration = data(Document.of(URL, PLIST, b"x"), "asset.app", FetchedAs.ANYBODY)

    assert declaration.payload["Authentication"] == {"Type": "None"}


def test_a_person_is_named_by_variables_too() -> None:
    assert user_identity("asset.person", email="$SERIAL@schule.example").payload == {
        "EmailAddress": "$SERIAL@schule.example"
    }


def test_the_document_of_a_password_is_json() -> None:
    assert json.loads(PASSWORD) == {"UserName": "muster", "Password": "geheim"}


def test_the_document_of_an_identity_holds_base64() -> None:
    assert json.loads(identity_document(b"\x00\x01", "pw")) == {
        "Identity": "AAE=",
        "Password": "pw",
    }


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Document.of("http://mdm.example/x", JSON, b""), "Reference.DataURL"),
        (lambda: Document.of(URL, f"{JSON}; charset=utf-8", b""), "Reference.ContentType"),
        (lambda: credential(Credential.CERTIFICATE, secret(), "a"), "Reference.ContentType"),
        (
            lambda: credential(Credential.ACME, Document.of(URL, DER_CERTIFICATE, b""), "a"),
            "Reference.ContentType",
        ),
        (
            lambda: credential(Credential.PASSWORD, secret(), "a", fetched_as=FetchedAs.ANYBODY),
            "Authentication.Type",
        ),
        (
            lambda: credential(Credential.PASSWORD, secret(), "a", after_first_unlock=True),
            "Accessible",
        ),
        (lambda: user_identity("a"), "FullName"),
        (lambda: password_document(" "), "UserName"),
        (lambda: identity_document(b"", "x"), "Identity"),
    ],
)
def test_assets_that_no_device_would_take_are_refused(
    make: Callable[[], object], field: str
) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        make()

    assert refusal.value.field == field
    assert refusal.value.next_step
