"""What holds for every payload that can be built, by one full example of each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from profiles import plist
from profiles.configuration_profile import (
    ConfigurationProfile,
    Payload,
    read_profile,
    to_bytes,
)
from profiles.schema.facts import Channel, KeyFacts
from profiles.schema.hints import DeviceTraits, HintKind, unsupported_on
from profiles.schema.os_version import OsVersion
from profiles.schema.reader import problems_in
from profiles.schema.tables import facts_of, payload_types
from profiles.variables import fill
from tests.profiles.payloads.examples import EXAMPLES, SECRET
from tests.profiles.payloads.support import A_DEVICE, OTHER_UUID

# Read by a person, key by key, beside the settings in examples.py.
EXPECTED = Path(__file__).with_name("expected_contents.plist")

# Types whose builders have tests of their own, and those that are only checked when uploaded.
BUILT_ELSEWHERE = {
    f"com.apple.{name}"
    for name in (
        "applicationaccess",
        "mdm",
        "security.acme",
        "security.pkcs1",
        "security.pkcs12",
        "security.root",
        "security.scep",
        "wifi.managed",
    )
}
WITHOUT_BUILDER = {
    f"com.apple.{name}"
    for name in ("apn.managed", "cellularprivatenetwork.managed", "security.pem", "sso")
}

each = pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)


def test_every_table_has_a_builder_or_a_reason() -> None:
    built = {make().type for make in EXAMPLES.values()}

    assert built | BUILT_ELSEWHERE | WITHOUT_BUILDER == payload_types()


@each
def test_what_reaches_a_device_is_a_correct_payload(make: Callable[[], Payload]) -> None:
    payload = make()

    assert problems_in(payload.type, fill(payload.content, A_DEVICE)) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_device_gets_exactly_what_was_reviewed(name: str) -> None:
    reviewed = plist.read_dict(EXPECTED.read_bytes())

    assert fill(EXAMPLES[name]().content, A_DEVICE) == reviewed[name]


def test_nothing_was_reviewed_that_is_not_built() -> None:
    assert plist.read_dict(EXPECTED.read_bytes()).keys() == EXAMPLES.keys()


@each
def test_the_same_settings_give_the_same_payload(make: Callable[[], Payload]) -> None:
    assert make() == make()


@each
def test_a_payload_survives_a_profile(make: Callable[[], Payload]) -> None:
    payload = make()
    profile = ConfigurationProfile("de.beispielstadt.p", OTHER_UUID, "Profil", (payload,))

    read = read_profile(to_bytes(profile)).payloads[0]

    assert (read.type, read.uuid, read.display_name) == (
        payload.type,
        payload.uuid,
        payload.display_name,
    )
    assert dict(read.content) == dict(payload.content)


@each
def test_secrets_arrive_as_typed(make: Callable[[], Payload]) -> None:
    written = list(_texts(fill(make().content, A_DEVICE)))

    assert not [text for text in written if "HEIM" in text and text != SECRET]


@each
def test_content_holds_no_values_of_our_own_kinds(make: Callable[[], Payload]) -> None:
    modules = {type(value).__module__ for value in _values(make().content)}

    assert modules == {"builtins"}


@each
def test_a_new_supervised_device_obeys_every_key(make: Callable[[], Payload]) -> None:
    payload = make()
    facts = facts_of(payload.type)
    channel = next(iter(sorted(facts.channels, key=str)), Channel.DEVICE)
    device = DeviceTraits(
        OsVersion(27), supervised=True, channel=channel, apple_tv=facts.since is None
    )

    hints = unsupported_on(payload.type, payload.content, device)

    # AirPlay names a display in both ways, as long as older iPads are about.
    assert {hint.kind for hint in hints} <= {HintKind.DEPRECATED}
    assert {hint.field for hint in hints} <= {"AllowList[0].DeviceID"}


@each
def test_a_value_of_another_kind_is_named(make: Callable[[], Payload]) -> None:
    payload = make()

    for key in payload.content:
        fields = [
            problem.field for problem in problems_in(payload.type, {**payload.content, key: None})
        ]

        assert fields == [key]


RANGES = [
    (payload_type, path, facts)
    for payload_type in sorted(payload_types())
    for path, facts in (
        (name, facts) for name, facts in facts_of(payload_type).keys.items() if facts.keys is None
    )
    if facts.kind.value == "integer" and facts.maximum is not None
]


@pytest.mark.parametrize(
    ("payload_type", "key", "facts"), RANGES, ids=[f"{t[10:]}/{k}" for t, k, _ in RANGES]
)
def test_numbers_beyond_their_range_are_named(payload_type: str, key: str, facts: KeyFacts) -> None:
    assert facts.minimum is not None
    assert facts.maximum is not None
    outside = (int(facts.minimum) - 1, int(facts.maximum) + 1)

    for number in outside:
        assert key in [problem.field for problem in problems_in(payload_type, {key: number})]


def _values(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict):
        for entry in value.values():
            yield from _values(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _values(entry)


def _texts(value: Any) -> Iterator[str]:
    yield from (found for found in _values(value) if isinstance(found, str))
