"""Laws that hold for every command of the catalogue, searched by hypothesis."""

import copy
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.commands.applicability import applicability
from profiles.commands.catalogue import CATALOGUE
from profiles.commands.command import Command, all_parameters, build
from profiles.commands.danger import assess
from profiles.commands.device_facts import DeviceFacts
from profiles.commands.parameters import Kind
from profiles.commands.redaction import PERSONAL, SECRET, redacted, secret_fields
from profiles.commands.vocabulary import AccessRight, Channel, Danger, Platform
from profiles.commands.walking import Visit, walk
from profiles.commands.wire import read_command, to_bytes
from profiles.errors import InvalidCommand
from profiles.schema.os_version import OsVersion
from tests.profiles.command_strategies import commands, commands_of

UUID = "6F0C0E1E-5A0C-4E2B-9B39-0E5B0B1C8A11"
SAMPLES: dict[Kind | None, object] = {
    Kind.STRING: "1",
    Kind.INTEGER: 1,
    Kind.BOOLEAN: True,
    Kind.DATA: b"1",
    Kind.ARRAY: [],
    Kind.DICTIONARY: {},
}
NEVER_RIGHT: list[object] = [None, 1.5, datetime(2026, 1, 1, tzinfo=UTC), (1,), object]
DEVICES = st.builds(
    DeviceFacts,
    os_version=st.none() | st.sampled_from([OsVersion(major) for major in (12, 15, 17, 18, 26)]),
    platform=st.sampled_from(Platform),
    supervised=st.none() | st.booleans(),
    shared_ipad=st.booleans(),
    ade=st.booleans(),
    user_enrollment=st.booleans(),
    access_rights=st.sampled_from([AccessRight.NONE, AccessRight.ALL]),
    channel=st.sampled_from(Channel),
    lost_mode=st.booleans(),
    awaiting_configuration=st.booleans(),
)


def with_value(command: Command, path: str, value: object) -> dict[str, Any]:
    """Copy the parameters, with another value at a path such as `Settings[0].Item`."""
    parameters: dict[str, Any] = copy.deepcopy(dict(command.parameters))
    steps: list[Any] = [
        int(step) if step.isdecimal() else step for step in re.findall(r"[^.\[\]]+", path)
    ]
    container: Any = parameters
    for step in steps[:-1]:
        container = container[step]
    container[steps[-1]] = value
    return parameters


def visits_of(command: Command) -> list[Visit]:
    return list(walk(command.parameters, all_parameters(CATALOGUE[command.request_type])))


@pytest.mark.parametrize("request_type", sorted(CATALOGUE))
def test_every_request_type_can_be_built_and_read_back_from_its_bytes(request_type: str) -> None:
    @settings(max_examples=5)
    @given(commands_of(CATALOGUE[request_type]))
    def law(command: Command) -> None:
        assert read_command(to_bytes(command, UUID)) == (UUID, command)

    law()


@given(commands())
def test_a_command_that_came_over_the_wire_passes_the_check_again(command: Command) -> None:
    _, received = read_command(to_bytes(command, UUID))

    assert build(received.request_type, received.parameters) == command


@given(commands().filter(lambda command: command.parameters), st.data())
def test_a_value_of_the_wrong_kind_is_refused_by_the_name_of_its_field(
    command: Command, data: st.DataObject
) -> None:
    visit = data.draw(st.sampled_from(visits_of(command)))
    wrong = [value for kind, value in SAMPLES.items() if kind is not visit.parameter.kind]
    value = data.draw(st.sampled_from(wrong + NEVER_RIGHT))

    with pytest.raises(InvalidCommand) as refused:
        build(command.request_type, with_value(command, visit.path, value))

    is_item_choice = refused.value.field == f"{visit.path}.Item"
    assert refused.value.field == visit.path or is_item_choice


@given(commands(), st.text(max_size=8).filter(lambda key: not key.isalnum()))
def test_an_unknown_key_is_refused_without_being_repeated(command: Command, key: str) -> None:
    with pytest.raises(InvalidCommand) as refused:
        build(command.request_type, {**command.parameters, key: "Geheimnis"})

    assert refused.value.field == "?"
    assert "Geheimnis" not in str(refused.value)


@given(commands())
def test_no_secret_and_nothing_personal_survives_redaction(command: Command) -> None:
    shown = visits_of(Command(command.request_type, redacted(command)))

    for visit in shown:
        assert not visit.parameter.is_secret or visit.value == SECRET
        assert not visit.parameter.is_personal or visit.value == PERSONAL
    secrets = [visit.path for visit in visits_of(command) if visit.parameter.is_secret]
    assert list(secret_fields(command)) == secrets


@given(commands())
def test_whatever_is_dangerous_says_why(command: Command) -> None:
    risk = assess(command, payload_types=())

    assert (risk.danger is Danger.HARMLESS) == (risk.reason == "")
    assert risk.danger >= CATALOGUE[command.request_type].danger


@given(commands(), DEVICES)
def test_what_is_refused_as_a_request_type_is_refused_with_any_parameters(
    command: Command, device: DeviceFacts
) -> None:
    refusal = applicability(CATALOGUE[command.request_type], device)

    if refusal is not None:
        assert applicability(command, device) == refusal


@given(commands(), DEVICES)
def test_a_refusal_by_a_parameter_names_one_that_the_command_carries(
    command: Command, device: DeviceFacts
) -> None:
    refusal = applicability(command, device)

    if refusal is not None and refusal.field is not None:
        assert refusal.field in [visit.path for visit in visits_of(command)]
