"""Wishes that a device combines, and profiles that exclude each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.assignment import Assignment, DeclarationChoice, OsTarget, ProfileVersion
from policies.conflicts import Conflict, Precedence
from policies.desired import DesiredState, compile_desired_state
from policies.scope import CITY, Scope
from policies.wishes import ProfileContent, ProfileKind
from profiles.declarations.configurations import passcode, update_settings
from profiles.declarations.json_form import canonical
from tests.policies.builders import CLASS, NOW, SCHOOL, ipad, profile

BOOKMARKS = "com.apple.configuration.safari.settings"


def declaring(name: str, kind: str, payload: Mapping[str, object]) -> DeclarationChoice:
    return DeclarationChoice(f"cfg.{name}", kind, canonical(payload))


def restricting(identifier: str, **restrictions: object) -> ProfileVersion:
    said = tuple((key, canonical(value).decode()) for key, value in sorted(restrictions.items()))
    content = ProfileContent(restrictions=said)
    return replace(profile(identifier, kind=ProfileKind.RESTRICTIONS), content=content)


def network(identifier: str, ssid: str) -> ProfileVersion:
    content = ProfileContent(networks=(ssid,))
    return replace(profile(identifier, kind=ProfileKind.WIFI), content=content)


def single(identifier: str, *types: str) -> ProfileVersion:
    return replace(profile(identifier), content=ProfileContent(payload_types=frozenset(types)))


def desired(*decided: Assignment) -> DesiredState:
    return compile_desired_state(decided, ipad(), NOW, ())


def told(conflict: Conflict) -> tuple[str, str, str, Precedence]:
    winner, loser = conflict.winner.reason.scope, conflict.loser.reason.scope
    return f"{conflict.field} = {conflict.value}", str(winner), str(loser), conflict.because


def passcodes(city: Mapping[str, object], school: Mapping[str, object]) -> DesiredState:
    return desired(
        Assignment(CITY, NOW, declarations=(declaring("city", passcode.TYPE, city),)),
        Assignment(SCHOOL, NOW, declarations=(declaring("school", passcode.TYPE, school),)),
    )


def test_the_longer_passcode_applies_even_where_the_wider_scope_wishes_it() -> None:
    state = passcodes({"MinimumLength": 8}, {"MinimumLength": 4})

    assert [told(c) for c in state.conflicts] == [
        ("MinimumLength = 8", "city", "school 12", Precedence.MOST_RESTRICTIVE)
    ]


def test_settings_that_the_device_combines_are_both_delivered() -> None:
    state = passcodes({"MinimumLength": 8}, {"MinimumLength": 4, "PasscodeReuseLimit": 3})

    assert [d.identifier for d in state.declarations] == ["cfg.city", "cfg.school"]


def test_settings_that_agree_are_no_conflict() -> None:
    state = passcodes({"MinimumLength": 8}, {"MinimumLength": 8, "RequirePasscode": True})

    assert state.conflicts == ()


def test_what_no_rule_decides_the_narrower_scope_decides() -> None:
    def page(kind: str) -> dict[str, object]:
        return {"AcceptCookies": "Always", "NewTabStartPage": {"PageType": kind}}

    state = desired(
        Assignment(CITY, NOW, declarations=(declaring("city", BOOKMARKS, page("Start")),)),
        Assignment(CLASS, NOW, declarations=(declaring("class", BOOKMARKS, page("Home")),)),
    )

    assert [told(c) for c in state.conflicts] == [
        (
            'NewTabStartPage.PageType = "Home"',
            "class 12/7b",
            "city",
            Precedence.NARROWER_SCOPE,
        )
    ]
    assert json.loads(state.declarations[0].content) == {"AcceptCookies": "Always"}


def test_delays_of_updates_are_combined_by_the_longest() -> None:
    def delay(days: int) -> dict[str, object]:
        return {"Deferrals": {"CombinedPeriodInDays": days}}

    kind = update_settings.TYPE
    state = desired(
        Assignment(CITY, NOW, declarations=(declaring("city", kind, delay(7)),)),
        Assignment(SCHOOL, NOW, declarations=(declaring("school", kind, delay(30)),)),
    )

    assert state.conflicts[0].value == "30"
    assert state.conflicts[0].winner.reason.scope == SCHOOL


def test_two_versions_of_one_setting_do_not_add_up() -> None:
    state = desired(
        Assignment(CITY, NOW, declarations=(declaring("a", passcode.TYPE, {"MinimumLength": 8}),)),
        Assignment(CLASS, NOW, declarations=(declaring("a", passcode.TYPE, {"MinimumLength": 4}),)),
    )

    assert [json.loads(d.content) for d in state.declarations] == [{"MinimumLength": 4}]
    assert [c.because for c in state.conflicts] == [Precedence.NARROWER_SCOPE]


def test_a_class_cannot_loosen_what_the_city_restricts() -> None:
    state = desired(
        Assignment(CITY, NOW, (restricting("school.city", allowCamera=False),)),
        Assignment(CLASS, NOW, (restricting("school.class", allowCamera=True),)),
    )

    assert [told(c) for c in state.conflicts] == [
        ("allowCamera = false", "city", "class 12/7b", Precedence.MOST_RESTRICTIVE)
    ]
    assert len(state.profiles) == 2


def test_lists_of_blocked_apps_add_up_and_that_is_said() -> None:
    state = desired(
        Assignment(CITY, NOW, (restricting("school.city", blockedAppBundleIDs=["a.b"]),)),
        Assignment(CLASS, NOW, (restricting("school.class", blockedAppBundleIDs=["c.d"]),)),
    )

    assert {(c.value, c.because) for c in state.conflicts} == {
        ('["a.b","c.d"]', Precedence.COMBINED)
    }


def test_of_two_profiles_for_one_network_the_narrower_one_stays() -> None:
    state = desired(
        Assignment(CITY, NOW, (network("school.city", "Schule"),)),
        Assignment(CLASS, NOW, (network("school.class", "Schule"),)),
    )

    assert [p.identifier for p in state.profiles] == ["school.class"]
    assert [(c.subject, c.because) for c in state.conflicts] == [
        ("Schule", Precedence.NARROWER_SCOPE)
    ]


def test_two_networks_with_different_names_stand_side_by_side() -> None:
    state = desired(Assignment(CITY, NOW, (network("school.a", "A"), network("school.b", "B"))))

    assert len(state.profiles) == 2
    assert state.conflicts == ()


def test_of_two_home_screens_the_narrower_one_stays() -> None:
    layout = "com.apple.homescreenlayout"

    state = desired(
        Assignment(CITY, NOW, (single("school.city", layout),)),
        Assignment(SCHOOL, NOW, (single("school.school", layout),)),
    )

    assert [p.identifier for p in state.profiles] == ["school.school"]
    assert state.conflicts[0].subject == layout


def test_a_removal_password_belongs_to_its_profile() -> None:
    state = desired(
        Assignment(CITY, NOW, (single("school.a", "com.apple.profileRemovalPassword"),)),
        Assignment(SCHOOL, NOW, (single("school.b", "com.apple.profileRemovalPassword"),)),
    )

    assert len(state.profiles) == 2


def test_of_two_targets_for_the_system_the_narrower_one_stays() -> None:
    friday = NOW.replace(tzinfo=None)
    state = desired(
        Assignment(CITY, NOW, os_version=OsTarget("26.1", friday)),
        Assignment(CLASS, NOW, os_version=OsTarget("26.0.1", friday)),
    )

    assert state.os_version is not None
    assert state.os_version.version == "26.0.1"
    assert [c.because for c in state.conflicts] == [Precedence.NARROWER_SCOPE]


def test_an_app_that_must_go_in_a_class_does_not_come_with_the_school() -> None:
    state = desired(
        Assignment(SCHOOL, NOW, absent_apps=("de.example.game",)),
        Assignment(CLASS, NOW, absent_profiles=("school.a",)),
    )

    assert [a.identifier for a in state.absent_apps] == ["de.example.game"]


scopes = st.sampled_from([CITY, SCHOOL, CLASS])
lengths = st.integers(0, 3).map(
    lambda number: declaring(f"p{number % 2}", passcode.TYPE, {"MinimumLength": number})
)
choices = st.lists(lengths, max_size=2, unique_by=lambda choice: choice.identifier).map(tuple)
wished = st.lists(
    st.sampled_from(
        [
            network("school.a", "A"),
            network("school.b", "A"),
            restricting("school.c", allowCamera=False),
            restricting("school.d", allowCamera=True),
            single("school.e", "com.apple.app.lock"),
            single("school.f", "com.apple.app.lock"),
        ]
    ),
    max_size=3,
).map(tuple)


def _decided(scope: Scope, some: tuple[ProfileVersion, ...], own: object) -> Assignment:
    assert isinstance(own, tuple)
    return Assignment(scope, NOW, some, declarations=own)


decisions = st.lists(st.builds(_decided, scopes, wished, choices), max_size=4)


@settings(max_examples=60)
@given(decisions, st.randoms(use_true_random=False))
def test_the_order_of_decisions_does_not_matter_to_what_is_combined(
    decided: list[Assignment], chance: Random
) -> None:
    shuffled = list(decided)
    chance.shuffle(shuffled)

    assert desired(*shuffled) == desired(*decided)


@settings(max_examples=60)
@given(decisions)
def test_whoever_is_not_delivered_is_named_as_a_loser(decided: list[Assignment]) -> None:
    state = desired(*decided)

    kept = {p.identifier for p in state.profiles}
    lost = {c.loser.identifier for c in state.conflicts if hasattr(c.loser, "identifier")}
    assert {p.identifier for a in decided for p in a.profiles} <= kept | lost
