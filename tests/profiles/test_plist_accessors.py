"""Taking values of the right kind out of a message."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from profiles import plist
from profiles.errors import MalformedMessage

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
MESSAGE: dict[str, Any] = {
    "text": "x",
    "empty": "",
    "data": b"x",
    "no_bytes": b"",
    "true": True,
    "zero": 0,
    "real": 0.5,
    "date": NOON,
    "dict": {},
    "dicts": [{"a": 1}],
    "texts": ["a", "b"],
    "mixed": ["a", 1],
}


@pytest.mark.parametrize(
    ("take", "key", "expected"),
    [
        (plist.text, "text", "x"),
        (plist.optional_text, "text", "x"),
        (plist.data, "data", b"x"),
        (plist.optional_data, "no_bytes", b""),
        (plist.boolean, "true", True),
        (plist.optional_boolean, "true", True),
        (plist.integer, "zero", 0),
        (plist.optional_integer, "zero", 0),
        (plist.optional_real, "real", 0.5),
        (plist.optional_real, "zero", 0.0),
        (plist.date, "date", NOON),
        (plist.dictionary, "dict", {}),
        (plist.array, "mixed", ["a", 1]),
        (plist.dictionaries, "dicts", [{"a": 1}]),
        (plist.texts, "texts", ["a", "b"]),
    ],
)
def test_a_value_of_the_right_kind_is_handed_over(
    take: Callable[..., object], key: str, expected: object
) -> None:
    assert take(MESSAGE, key) == expected


@pytest.mark.parametrize(
    ("take", "expected"),
    [
        (plist.optional_text, None),
        (plist.optional_data, None),
        (plist.optional_boolean, None),
        (plist.optional_integer, None),
        (plist.optional_real, None),
        (plist.optional_date, None),
        (plist.optional_dictionary, None),
        (plist.optional_array, None),
        (plist.dictionaries, []),
        (plist.texts, []),
    ],
)
def test_what_may_be_absent_is_absent(take: Callable[..., object], expected: object) -> None:
    assert take({}, "missing") == expected


@pytest.mark.parametrize(
    "take",
    [
        plist.text,
        plist.data,
        plist.boolean,
        plist.integer,
        plist.date,
        plist.dictionary,
        plist.array,
    ],
)
def test_what_must_be_there_is_missed_by_name(take: Callable[..., object]) -> None:
    with pytest.raises(MalformedMessage) as caught:
        take({}, "UDID")

    assert caught.value.field == "UDID"


@pytest.mark.parametrize(
    ("take", "key"),
    [
        (plist.text, "data"),
        (plist.text, "empty"),
        (plist.data, "text"),
        (plist.data, "no_bytes"),
        (plist.boolean, "zero"),
        (plist.integer, "true"),
        (plist.integer, "real"),
        (plist.optional_real, "true"),
        (plist.date, "text"),
        (plist.dictionary, "mixed"),
        (plist.array, "dict"),
        (plist.dictionaries, "texts"),
        (plist.texts, "mixed"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(
    take: Callable[..., object], key: str
) -> None:
    with pytest.raises(MalformedMessage) as caught:
        take(MESSAGE, key)

    assert caught.value.field == key


def test_an_empty_optional_text_counts_as_absent() -> None:
    assert plist.optional_text(MESSAGE, "empty") is None


def test_an_absent_boolean_has_its_default() -> None:
    assert plist.boolean({}, "AwaitingConfiguration", default=False) is False
