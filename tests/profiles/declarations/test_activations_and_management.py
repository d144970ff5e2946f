"""Activations and management declarations."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.declarations.activations import activation, activation_of
from profiles.declarations.declaration import server_token
from profiles.declarations.management import (
    Organization,
    organization_info,
    properties,
    server_capabilities,
)
from profiles.errors import InvalidPayload
from tests.profiles.declarations.samples import CERTIFICATE, PASSCODE, TRUST


def test_an_activation_names_configurations() -> None:
    assert activation_of([TRUST, PASSCODE], "act.base").payload == {
        "StandardConfigurations": ["cfg.passcode", "cfg.trust"]
    }


@given(st.permutations(["cfg.a", "cfg.b", "cfg.c"]))
def test_the_order_of_configurations_changes_nothing(names: Sequence[str]) -> None:
    sorted_one = activation(sorted(names), "act.base")

    assert server_token(activation(names, "act.base")) == server_token(sorted_one)


def test_a_predicate_is_written() -> None:
    predicate = "@property(grade) <= 3"

    assert activation(["cfg.a"], "act.base", predicate).payload["Predicate"] == predicate


def test_a_bracket_within_quotes_needs_no_other() -> None:
    predicate = "@property(room) == 'A (alt'"

    assert activation(["cfg.a"], "act.base", predicate).payload["Predicate"] == predicate


def test_an_organization_is_named() -> None:
    organization = Organization("Beispielstadt", "it@beispielstadt.example")

    assert organization_info(organization, "mgmt.org").payload == {
        "Name": "Beispielstadt",
        "Email": "it@beispielstadt.example",
    }


def test_the_server_speaks_the_first_protocol() -> None:
    assert server_capabilities("mgmt.server").payload == {
        "Version": "1.0.0",
        "SupportedFeatures": {},
    }


def test_properties_may_be_lists_and_variables() -> None:
    declaration = properties({"school": "$SCHOOL_NUMBER", "courses": ("m", "d")}, "mgmt.p")

    assert declaration.payload == {"school": "$SCHOOL_NUMBER", "courses": ["m", "d"]}


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: activation([], "act"), "StandardConfigurations"),
        (lambda: activation(["a", "a"], "act"), "StandardConfigurations[1]"),
        (lambda: activation(["a/b"], "act"), "StandardConfigurations[0]"),
        (lambda: activation(["a"], "act", " "), "Predicate"),
        (lambda: activation(["a"], "act", "(@status(x.y) == 1"), "Predicate"),
        (lambda: activation_of([CERTIFICATE], "act"), "StandardConfigurations[0]"),
        (lambda: Organization(" "), "Name"),
        (lambda: Organization("x", email="nobody"), "Email"),
        (lambda: Organization("x", url="mailto:x"), "URL"),
        (lambda: properties({}, "mgmt.p"), "Payload"),
        (lambda: properties({"my grade": 1}, "mgmt.p"), "my grade"),
    ],
)
def test_what_a_device_could_not_use_is_refused(make: Callable[[], object], field: str) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        make()

    assert refusal.value.field == field
    assert refusal.value.next_step
