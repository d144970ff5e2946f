"""The writer of property lists."""

import plistlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles import plist
from profiles.errors import MalformedMessage

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
LEAVES = (
    TEXTS
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.binary(max_size=50)
    | st.datetimes(timezones=st.just(UTC)).map(lambda instant: instant.replace(microsecond=0))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
@settings(max_examples=150, deadline=None)
def test_what_is_written_reads_back_the_same(value: dict[str, Any]) -> None:
    written = plist.write(value)

    assert plist.read_dict(written) == value


def test_another_reader_reads_what_is_written() -> None:
    value = {"T": "Grüße & <Küsse>", "L": [1, True, 2.5, b"\x00\xff", {}], "D": {"N": -1}}

    written = plist.write(value)

    assert plistlib.loads(written, fmt=plistlib.FMT_XML) == value


def test_keys_keep_the_order_given() -> None:
    written = plist.write({"Zebra": 1, "Affe": 2})

    assert written.index(b"Zebra") < written.index(b"Affe")


def test_times_are_written_in_utc() -> None:
    berlin = timezone(timedelta(hours=2))

    written = plist.write({"At": datetime(2026, 9, 1, 8, 0, tzinfo=berlin)})

    assert b"<date>2026-09-01T06:00:00Z</date>" in written


def test_a_carriage_return_survives() -> None:
    written = plist.write({"Text": "a\r\nb"})

    assert plist.read_dict(written) == {"Text": "a\r\nb"}


def test_markup_in_texts_stays_text() -> None:
    text = "]]></string><true/><string>&amp;"

    assert plist.read_dict(plist.write({text: text})) == {text: text}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"A": {"B": [1, None]}}, "A.B[1]"),
        ({"A": datetime(2026, 9, 1)}, "A"),
        ({"A": 2**64}, "A"),
        ({"A": float("nan")}, "A"),
        ({"A": float("inf")}, "A"),
        ({"A": "\x00"}, "A"),
        ({"A": "\ud800"}, "A"),
        ({"A": {1: "x"}}, "A"),
        ({"A": {"B": object()}}, "A.B"),
        (None, "root"),
    ],
)
def test_a_value_without_form_is_refused_with_its_path(value: Any, path: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        plist.write(value)

    assert caught.value.field == path
