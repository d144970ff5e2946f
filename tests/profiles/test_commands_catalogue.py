"""The catalogue as a table: what is in it, and what every row must have."""

import pytest

from profiles.commands.answers.table import READERS
from profiles.commands.catalogue import CATALOGUE, spec_of
from profiles.commands.device_queries import (
    DEVICE_QUERIES,
    MAC_ONLY_QUERIES,
    QueryGroup,
    standard_queries,
)
from profiles.commands.parameters import Kind, Parameter
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import AnswerKind, Danger, Idempotency, Proof
from profiles.errors import UnknownCommand

NEVER_NOT_NOW = {
    "DeviceInformation",
    "ProfileList",
    "DeviceLock",
    "EraseDevice",
    "ClearPasscode",
    "ProvisioningProfileList",
    "InstalledApplicationList",
    "Restrictions",
}

every_spec = pytest.mark.parametrize("spec", CATALOGUE.values(), ids=lambda s: s.request_type)


def parameters_of(spec: CommandSpec) -> list[Parameter]:
    found: list[Parameter] = []
    open_ones = list(spec.parameters)
    while open_ones:
        parameter = open_ones.pop()
        found.append(parameter)
        open_ones += [*parameter.keys, *parameter.variants]
        open_ones += [parameter.item] if parameter.item else []
    return found


def test_the_catalogue_has_fifty_commands() -> None:
    assert len(CATALOGUE) == 50


@pytest.mark.parametrize(
    "request_type",
    [
        "RequestUnlockToken",
        "AccountConfiguration",
        "InstallEnterpriseApplication",
        "ScheduleOSUpdateScan",
        "SetRecoveryLock",
        "RestrictionsList",
        "",
    ],
)
def test_what_no_ipad_knows_is_unknown(request_type: str) -> None:
    with pytest.raises(UnknownCommand) as refused:
        spec_of(request_type)

    assert refused.value.request_type == request_type


@every_spec
def test_a_dangerous_command_says_why(spec: CommandSpec) -> None:
    assert (spec.danger is Danger.HARMLESS) == (spec.danger_reason == "")


@every_spec
def test_a_parameter_is_described_as_its_kind_demands(spec: CommandSpec) -> None:
    for parameter in parameters_of(spec):
        inside = bool(parameter.keys or parameter.variants or parameter.is_open)
        assert parameter.is_mac_only or (parameter.item is not None) == (
            parameter.kind is Kind.ARRAY
        )
        assert parameter.is_mac_only or inside == (parameter.kind is Kind.DICTIONARY)


@every_spec
def test_rules_speak_of_keys_that_exist(spec: CommandSpec) -> None:
    holders = [(spec.parameters, spec.rules)]
    holders += [(parameter.keys, parameter.rules) for parameter in parameters_of(spec)]

    for keys, rules in holders:
        known = {parameter.key for parameter in keys}
        for rule in rules:
            named = getattr(rule, "keys", None) or (
                rule.key,  # type: ignore[union-attr]
                getattr(rule, "needed", None) or rule.flag,  # type: ignore[union-attr]
            )
            assert set(named) <= known


@every_spec
def test_a_removed_command_was_deprecated_before(spec: CommandSpec) -> None:
    if spec.removed_in is not None:
        assert spec.deprecated_in is not None
        assert spec.minimum_ios < spec.deprecated_in < spec.removed_in


def test_exactly_these_are_never_postponed_by_the_device() -> None:
    assert {spec.request_type for spec in CATALOGUE.values() if spec.never_not_now} == NEVER_NOT_NOW


def test_exactly_these_need_an_approval_whatever_they_carry() -> None:
    found = {spec.request_type for spec in CATALOGUE.values() if spec.danger.needs_approval}

    assert found == {
        "EraseDevice",
        "ClearPasscode",
        "RemoveApplication",
        "ClearActivationLockBypassCode",
    }


def test_what_harms_when_it_is_repeated_is_marked() -> None:
    found = {spec.request_type for spec in CATALOGUE.values() if spec.idempotent is Idempotency.NO}

    assert found == {
        "EraseDevice",
        "RestartDevice",
        "ShutDownDevice",
        "DeleteUser",
        "ApplyRedemptionCode",
        "ClearActivationLockBypassCode",
    }


def test_an_erase_is_proven_only_by_the_next_enrolment() -> None:
    assert CATALOGUE["EraseDevice"].proof is Proof.BY_AUTHENTICATE


def test_every_kind_of_answer_has_a_reader() -> None:
    assert set(READERS) == set(AnswerKind) - {AnswerKind.STATUS_ONLY}


def test_every_kind_of_answer_belongs_to_a_command() -> None:
    assert {spec.answer for spec in CATALOGUE.values()} == set(AnswerKind)


def test_standard_queries_do_not_overlap() -> None:
    static = standard_queries(QueryGroup.STATIC, shared_ipad=True)
    changing = standard_queries(QueryGroup.CHANGING, shared_ipad=True)

    assert not set(static) & set(changing)
    assert {"SerialNumber", "ProductName", "IsSupervised"} <= set(static)
    assert {"OSVersion", "BatteryLevel", "AwaitingConfiguration"} <= set(changing)


def test_standard_queries_leave_out_what_is_deprecated_or_for_apple_tv() -> None:
    asked = set(standard_queries(QueryGroup.STATIC) + standard_queries(QueryGroup.CHANGING))

    assert not asked & {"IMEI", "PhoneNumber", "DeviceID", "PushToken", "QuotaSize"}


def test_an_attestation_is_asked_for_only_on_purpose() -> None:
    assert "DevicePropertiesAttestation" in standard_queries(QueryGroup.ON_DEMAND)


def test_no_query_is_both_for_ipads_and_for_macs_only() -> None:
    assert not set(MAC_ONLY_QUERIES) & set(DEVICE_QUERIES)
