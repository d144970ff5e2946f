"""What applies when several configurations of one type set the same key."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.declarations.combining import CombinedKey, combine
from profiles.schema.declaration_facts import Applying, Merging
from profiles.schema.declaration_tables import declaration_facts, declaration_types

PASSCODE = "com.apple.configuration.passcode.settings"
UPDATES = "com.apple.configuration.softwareupdate.settings"
APPS = "com.apple.configuration.app.settings"
SAFARI = "com.apple.configuration.safari.settings"
EXTENSIONS = "com.apple.configuration.safari.extensions.settings"
BOOKMARKS = "com.apple.configuration.safari.bookmarks"


def applied(declaration_type: str, *payloads: Mapping[str, object]) -> dict[str, object]:
    """Field → the value that applies."""
    return {key.field: key.value for key in combine(declaration_type, payloads)}


def test_the_strictest_passcode_applies() -> None:
    first = {"MinimumLength": 4, "MaximumFailedAttempts": 10, "RequirePasscode": False}
    second = {"MinimumLength": 8, "MaximumFailedAttempts": 6, "RequirePasscode": True}

    assert applied(PASSCODE, first, second) == {
        "MinimumLength": 8,
        "MaximumFailedAttempts": 6,
        "RequirePasscode": True,
    }


def test_who_decided_and_who_was_overruled_is_told() -> None:
    (key,) = combine(PASSCODE, [{"MinimumLength": 4}, {"MinimumLength": 8}, {"MinimumLength": 8}])

    assert key == CombinedKey("MinimumLength", 8, Merging.MAXIMUM, (1, 2), (0,))


def test_the_value_later_in_the_list_wins() -> None:
    payloads: list[dict[str, object]] = [
        {"RecommendedCadence": "Oldest", "AutomaticActions": {"Download": "AlwaysOff"}},
        {"RecommendedCadence": "All", "AutomaticActions": {"Download": "AlwaysOn"}},
    ]

    assert applied(UPDATES, *payloads) == {
        "RecommendedCadence": "Oldest",
        "AutomaticActions.Download": "AlwaysOff",
    }


def test_the_value_earlier_in_the_list_wins_for_cookies() -> None:
    assert applied(SAFARI, {"AcceptCookies": "Always"}, {"AcceptCookies": "CurrentWebsite"}) == {
        "AcceptCookies": "CurrentWebsite"
    }


def test_allowed_apps_intersect_and_denied_apps_add_up() -> None:
    first: dict[str, object] = {"Allowed": {"AllowedApps": ["a.a", "b.b"], "DeniedApps": ["c.c"]}}
    second: dict[str, object] = {"Allowed": {"AllowedApps": ["b.b"], "DeniedApps": ["d.d", "c.c"]}}

    assert applied(APPS, first, second) == {
        "Allowed.AllowedApps": ["b.b"],
        "Allowed.DeniedApps": ["c.c", "d.d"],
    }


def test_keys_below_a_name_of_ones_own_combine_for_each_name() -> None:
    first: dict[str, object] = {"ManagedExtensions": {"com.a.x (T)": {"State": "AlwaysOn"}}}
    second: dict[str, object] = {
        "ManagedExtensions": {"com.a.x (T)": {"State": "AlwaysOff"}, "*": {"State": "Allowed"}}
    }

    assert applied(EXTENSIONS, first, second) == {
        "ManagedExtensions.com.a.x (T).State": "AlwaysOff",
        "ManagedExtensions.*.State": "Allowed",
    }


def test_a_programme_that_is_required_first_stays() -> None:
    first, second = (
        {"Beta": {"RequireProgram": {"Description": name, "Token": name}}} for name in "ab"
    )

    assert applied(UPDATES, first, second) == {
        "Beta.RequireProgram": {"Description": "a", "Token": "a"}
    }


def test_bookmarks_follow_one_another() -> None:
    first, second = ({"ManagedBookmarks": [{"GroupIdentifier": name}]} for name in "ab")

    assert applied(BOOKMARKS, first, second) == {
        "ManagedBookmarks": [{"GroupIdentifier": "a"}, {"GroupIdentifier": "b"}]
    }


def test_a_key_without_a_rule_is_doubtful_when_values_differ() -> None:
    pages = [{"NewTabStartPage": {"PageType": kind}} for kind in ("Home", "Start")]

    assert [key.is_doubtful for key in combine(SAFARI, pages)] == [True]
    assert [key.is_doubtful for key in combine(SAFARI, pages[:1] * 2)] == [False]


@pytest.mark.parametrize(
    "declaration_type", ["com.apple.configuration.legacy", "com.apple.asset.data"]
)
def test_what_stands_side_by_side_is_not_combined(declaration_type: str) -> None:
    assert combine(declaration_type, [{"ProfileURL": "x"}, {"ProfileURL": "y"}]) == ()


def test_every_key_of_a_combined_type_has_an_order_where_its_rule_needs_one() -> None:
    needed = {Merging.LATER_WINS, Merging.EARLIER_WINS}
    for name in declaration_types():
        facts = declaration_facts(name)
        for path in [path for path, rule in facts.merging.items() if rule in needed]:
            assert facts.applying is Applying.COMBINED
            assert path in facts.orders or "*" not in path


RULES = st.fixed_dictionaries(
    {},
    optional={
        "MinimumLength": st.integers(0, 16),
        "MaximumFailedAttempts": st.integers(2, 11),
        "RequireComplexPasscode": st.booleans(),
    },
)


@given(
    st.lists(RULES, max_size=4).flatmap(
        lambda all_: st.tuples(st.just(all_), st.permutations(all_))
    )
)
def test_the_order_of_strict_rules_does_not_matter(
    both: tuple[Sequence[dict[str, object]], Sequence[dict[str, object]]],
) -> None:
    assert applied(PASSCODE, *both[0]) == applied(PASSCODE, *both[1])


@given(st.lists(RULES, max_size=3))
def test_the_same_configuration_twice_changes_nothing(payloads: list[dict[str, object]]) -> None:
    assert applied(PASSCODE, *payloads, *payloads) == applied(PASSCODE, *payloads)
