"""Names that stay the same, and UUIDs that follow from content."""

import uuid

import pytest

from profiles.errors import InvalidPayload
from profiles.identifiers import payload_identifier, payload_uuid

PLACE = "de.beispielstadt.wlan"


def test_equal_content_has_an_equal_uuid_whatever_the_order_of_keys() -> None:
    first = payload_uuid({"SSID_STR": "Schule", "More": [{"a": 1, "b": 2}]}, PLACE)
    second = payload_uuid({"More": [{"b": 2, "a": 1}], "SSID_STR": "Schule"}, PLACE)

    assert first == second


def test_the_uuid_stays_the_same_over_releases() -> None:
    """A changed rule would reinstall every profile on every iPad."""
    assert payload_uuid(b"Inhalt", PLACE) == "875E833E-6390-5146-A231-5F03116D67EE"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": True}),
        ({"a": "1"}, {"a": 1}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({}, []),
    ],
)
def test_other_content_has_another_uuid(one: dict[str, object], other: dict[str, object]) -> None:
    assert payload_uuid(one, PLACE) != payload_uuid(other, PLACE)  # type: ignore[arg-type]


def test_the_same_content_elsewhere_has_another_uuid() -> None:
    assert payload_uuid({"a": 1}, PLACE) != payload_uuid({"a": 1}, PLACE + "2")


def test_namespace_and_content_cannot_run_into_each_other() -> None:
    assert payload_uuid(b"bc", "a") != payload_uuid(b"c", "ab")


def test_the_uuid_is_a_well_formed_one_in_upper_case() -> None:
    found = payload_uuid({"a": 1}, PLACE)

    assert found == found.upper()
    assert uuid.UUID(found).variant == uuid.RFC_4122


def test_an_identifier_is_joined_from_its_parts() -> None:
    assert payload_identifier("de.beispielstadt", "school-12", "wlan") == (
        "de.beispielstadt.school-12.wlan"
    )


@pytest.mark.parametrize(
    "parts",
    [(), ("",), ("de", ""), ("de beispiel",), ("de..wlan",), (".de",), ("de/",), ("schäfer",)],
)
def test_a_part_with_other_characters_is_refused(parts: tuple[str, ...]) -> None:
    with pytest.raises(InvalidPayload) as caught:
        payload_identifier(*parts)

    assert caught.value.field == "PayloadIdentifier"
    assert caught.value.next_step


def test_an_overlong_identifier_is_refused() -> None:
    with pytest.raises(InvalidPayload):
        payload_identifier("a" * 200, "b" * 100)
