"""Restrictions: a checked set, its payload, and how two sets add up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.errors import InvalidPayload
from profiles.payloads.restrictions import Restrictions, most_restrictive, restrictions_payload
from profiles.schema.facts import KeyFacts, ValueKind
from profiles.schema.tables import facts_of

TYPE = "com.apple.applicationaccess"
IDENTIFIER = "de.beispielstadt.einschraenkungen"
KEYS = facts_of(TYPE).keys
# Apple gives no rule for these when two profiles differ.
WITHOUT_RULE = {"ratingRegion", "deniedICCIDsForiMessageFaceTime", "deniedICCIDsForRCS"}

SCHOOL_BASE: dict[str, Any] = {
    "allowUIConfigurationProfileInstallation": False,
    "allowEraseContentAndSettings": False,
    "allowVPNCreation": False,
    "forceClassroomAutomaticallyJoinClasses": True,
    "ratingApps": 300,
    "ratingRegion": "de",
    "safariAcceptCookies": 1.5,
    "blockedAppBundleIDs": ["com.example.game", "com.example.chat"],
}


def values_of(facts: KeyFacts) -> st.SearchStrategy[Any]:
    if facts.allowed:
        return st.sampled_from(facts.allowed)
    if facts.kind is ValueKind.BOOLEAN:
        return st.booleans()
    if facts.kind is ValueKind.ARRAY:
        return st.lists(st.sampled_from(["com.example.a", "com.example.b", "com.example.c"]))
    return st.integers(int(facts.minimum or 0), int(facts.maximum or 0))


def some_of(names: list[str]) -> st.SearchStrategy[Restrictions]:
    chosen = st.lists(st.sampled_from(names), max_size=5, unique=True)
    values = chosen.flatmap(
        lambda found: st.fixed_dictionaries({n: values_of(KEYS[n]) for n in found})
    )
    return values.map(Restrictions)


ANY = some_of(sorted(KEYS))
COMBINING = some_of(sorted(KEYS.keys() - WITHOUT_RULE))


def test_a_school_base_set_becomes_a_payload() -> None:
    payload = restrictions_payload(Restrictions(SCHOOL_BASE), IDENTIFIER)

    assert payload.type == TYPE
    assert dict(payload.content) == SCHOOL_BASE


def test_only_what_was_wished_is_written() -> None:
    payload = restrictions_payload(Restrictions({"allowCamera": False}), IDENTIFIER)

    assert dict(payload.content) == {"allowCamera": False}


def test_the_order_of_wishes_does_not_change_the_payload() -> None:
    backwards = dict(reversed(SCHOOL_BASE.items()))

    first = restrictions_payload(Restrictions(SCHOOL_BASE), IDENTIFIER)
    second = restrictions_payload(Restrictions(backwards), IDENTIFIER)

    assert first.uuid == second.uuid
    assert list(first.content) == list(second.content)


def test_another_value_gives_another_uuid() -> None:
    first = restrictions_payload(Restrictions({"allowCamera": False}), IDENTIFIER)
    second = restrictions_payload(Restrictions({"allowCamera": True}), IDENTIFIER)

    assert first.uuid != second.uuid


def test_a_new_display_name_keeps_the_uuid() -> None:
    first = restrictions_payload(Restrictions(SCHOOL_BASE), IDENTIFIER)
    second = restrictions_payload(Restrictions(SCHOOL_BASE), IDENTIFIER, "Schulregeln")

    assert first.uuid == second.uuid


@pytest.mark.parametrize(
    ("values", "field", "next_step"),
    [
        ({"allowCamera": 0}, "allowCamera", "write true or false"),
        ({"ratingApps": True}, "ratingApps", "write a whole number"),
        ({"safariAcceptCookies": 2}, "safariAcceptCookies", "write a number with a decimal point"),
        ({"blockedAppBundleIDs": "com.example"}, "blockedAppBundleIDs", "write a list"),
        ({"blockedAppBundleIDs": [1]}, "blockedAppBundleIDs[0]", "write a text"),
        ({"enforcedSoftwareUpdateDelay": 91}, "enforcedSoftwareUpdateDelay", "give 1 to 90"),
        ({"ratingRegion": "at"}, "ratingRegion", "use us, au, ca, de, fr, ie, jp, nz, gb"),
        ({"allowCammera": False}, "allowCammera", "did you mean allowCamera?"),
        ({"allowTimeMachineBackup": False}, "allowTimeMachineBackup", "remove it"),
        ({"PayloadType": "x"}, "PayloadType", "remove it"),
    ],
)
def test_a_faulty_set_is_refused_with_its_key_and_the_next_step(
    values: dict[str, Any], field: str, next_step: str
) -> None:
    with pytest.raises(InvalidPayload) as refused:
        Restrictions(values)

    assert (refused.value.field, refused.value.next_step) == (field, next_step)


def test_an_unknown_variable_in_a_list_is_refused() -> None:
    with pytest.raises(InvalidPayload) as refused:
        Restrictions({"blockedAppBundleIDs": ["com.example.$APP"]})

    assert refused.value.field == "blockedAppBundleIDs"


def test_a_set_cannot_be_changed_afterwards() -> None:
    apps = ["com.example.game"]
    restrictions = Restrictions({"blockedAppBundleIDs": apps})

    apps.append("com.example.chat")

    assert restrictions.values["blockedAppBundleIDs"] == ("com.example.game",)
    with pytest.raises(TypeError):
        restrictions.values["allowCamera"] = False  # type: ignore[index]


@pytest.mark.parametrize(
    ("key", "first", "second", "obeyed"),
    [
        ("allowCamera", True, False, False),
        ("forceWiFiPowerOn", False, True, True),
        ("requireManagedPasteboard", True, False, True),
        ("ratingApps", 600, 200, 200),
        ("safariAcceptCookies", 2.0, 0.0, 0.0),
        ("enforcedSoftwareUpdateDelay", 30, 60, 60),
        ("blockedAppBundleIDs", ["a"], ["b"], ("a", "b")),
        ("allowListedAppBundleIDs", ["a", "b"], ["b", "c"], ("b",)),
        ("autonomousSingleAppModePermittedAppIDs", ["a"], ["a", "b"], ("a", "b")),
    ],
)
def test_of_two_values_the_stricter_is_obeyed(
    key: str, first: Any, second: Any, obeyed: Any
) -> None:
    together = most_restrictive(Restrictions({key: first}), Restrictions({key: second}))

    assert together.values == {key: obeyed}


def test_what_only_one_set_says_is_kept() -> None:
    together = most_restrictive(
        Restrictions({"allowCamera": False}), Restrictions({"ratingRegion": "de"})
    )

    assert together.values == {"allowCamera": False, "ratingRegion": "de"}


def test_two_values_without_a_rule_are_refused() -> None:
    with pytest.raises(InvalidPayload) as refused:
        most_restrictive(Restrictions({"ratingRegion": "de"}), Restrictions({"ratingRegion": "fr"}))

    assert refused.value.field == "ratingRegion"


def test_every_key_but_the_named_ones_has_a_rule() -> None:
    assert {name for name, facts in KEYS.items() if facts.combining is None} == WITHOUT_RULE


@given(ANY)
def test_every_set_that_is_accepted_becomes_a_payload(restrictions: Restrictions) -> None:
    payload = restrictions_payload(restrictions, IDENTIFIER)

    assert Restrictions(payload.content) == restrictions


@given(COMBINING, COMBINING)
def test_the_order_of_two_profiles_does_not_matter(
    first: Restrictions, second: Restrictions
) -> None:
    # A list that only one profile has keeps its order; compare what the device sees.
    assert seen(most_restrictive(first, second)) == seen(most_restrictive(second, first))


@given(COMBINING, COMBINING, COMBINING)
def test_the_grouping_of_three_profiles_does_not_matter(
    first: Restrictions, second: Restrictions, third: Restrictions
) -> None:
    left = most_restrictive(most_restrictive(first, second), third)
    right = most_restrictive(first, most_restrictive(second, third))

    assert seen(left) == seen(right)


@given(ANY)
def test_the_same_profile_twice_changes_nothing(restrictions: Restrictions) -> None:
    assert seen(most_restrictive(restrictions, restrictions)) == seen(restrictions)


def seen(restrictions: Restrictions) -> dict[str, Any]:
    return {
        key: frozenset(value) if isinstance(value, tuple) else value
        for key, value in restrictions.values.items()
    }
