"""JSON out in one spelling, JSON in with caution."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.declarations.json_form import canonical, read_object
from profiles.errors import InvalidPayload, MalformedMessage

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)


@given(st.dictionaries(st.text(max_size=4), SCALARS, max_size=6))
def test_the_order_of_keys_changes_nothing(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))

    assert canonical(value) == canonical(turned)


@pytest.mark.parametrize("value", [b"bytes", float("nan"), float("inf"), {1: "x"}, "\ud800"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(InvalidPayload, match="Payload"):
        canonical({"key": value})


def test_an_endless_payload_is_refused() -> None:
    loop: dict[str, object] = {}
    loop["self"] = loop

    with pytest.raises(InvalidPayload, match="nested too deeply"):
        canonical(loop)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe{}",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"a": ' + b"[" * 100_000,
        b"<plist/>",
    ],
)
def test_a_body_that_is_no_plain_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedMessage) as refusal:
        read_object(body, "StatusReport")

    assert refusal.value.field == "StatusReport"


def test_a_body_beyond_eight_mebibytes_is_refused() -> None:
    body = b'{"a": "' + b"x" * (8 * 1024 * 1024) + b'"}'

    with pytest.raises(MalformedMessage, match="8 MiB"):
        read_object(body, "StatusReport")


def test_a_refusal_repeats_nothing_of_the_body() -> None:
    with pytest.raises(MalformedMessage) as refusal:
        read_object(b'{"name": secret}', "StatusReport")

    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_characters_that_no_database_keeps_are_replaced() -> None:
    value = read_object(rb'{"a\u0000": ["\ud800", "\u00e4"]}', "StatusReport")

    assert json.dumps(value, ensure_ascii=False).encode() == '{"a\ufffd": ["\ufffd", "ä"]}'.encode()


@given(st.binary(max_size=60))
@settings(max_examples=60)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        value = read_object(body, "StatusReport")
    except MalformedMessage:
        return

    assert isinstance(value, dict)
