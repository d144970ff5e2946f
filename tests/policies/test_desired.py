"""Wishes, their reasons and their conflicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.assignment import AppChoice, Assignment, ProfileVersion
from policies.conflicts import Precedence
from policies.desired import AbsentProfile, compile_desired_state
from policies.errors import InvalidWish
from policies.scope import CITY, Scope, ScopeKind
from policies.wishes import ProfileKind
from tests.policies.builders import CLASS, NOW, SCHOOL, ipad, profile

ELSEWHERE = Scope(ScopeKind.SCHOOL, "13")

assignments = st.lists(
    st.builds(
        Assignment,
        st.sampled_from([CITY, SCHOOL, CLASS, ELSEWHERE]),
        st.integers(0, 2).map(lambda days: NOW + timedelta(days=days)),
        st.lists(
            st.builds(
                profile,
                st.sampled_from(["school.a", "school.b", "school.c"]),
                st.integers(1, 3),
                st.sampled_from(ProfileKind),
            ),
            max_size=3,
        ).map(tuple),
        st.lists(st.builds(AppChoice, st.sampled_from("xy"), st.none()), max_size=2).map(tuple),
        st.lists(st.sampled_from(["school.a", "school.b"]), max_size=1).map(tuple),
        st.lists(st.sampled_from("xy"), max_size=1).map(tuple),
        st.sampled_from([None, "iPad 7", "iPad 8"]),
    ),
    max_size=6,
)


@given(assignments, st.randoms(use_true_random=False))
def test_the_order_of_assignments_does_not_matter(
    decided: list[Assignment], chance: Random
) -> None:
    shuffled = list(decided)
    chance.shuffle(shuffled)

    assert compile_desired_state(shuffled, ipad(), NOW) == compile_desired_state(
        decided, ipad(), NOW
    )


@given(assignments)
def test_a_profile_is_never_wanted_and_unwanted_at_once(decided: list[Assignment]) -> None:
    state = compile_desired_state(decided, ipad(), NOW)

    subjects = [p.identifier for p in (*state.profiles, *state.absent_profiles)]
    assert len(subjects) == len(set(subjects))


@given(assignments)
def test_every_wish_in_scope_holds_or_is_named_as_a_loser(decided: list[Assignment]) -> None:
    state = compile_desired_state(decided, ipad(), NOW)

    kept = {(p.identifier, p.uuid, p.kind) for p in state.profiles}
    lost = {
        (c.loser.identifier, c.loser.uuid, c.loser.kind)
        for c in state.conflicts
        if not isinstance(c.loser, AbsentProfile) and hasattr(c.loser, "uuid")
    }
    wished = {
        (p.identifier, p.uuid, p.kind) for a in decided if a.scope != ELSEWHERE for p in a.profiles
    }
    assert wished == kept | lost


@given(assignments)
def test_nobody_loses_to_a_wider_scope(decided: list[Assignment]) -> None:
    state = compile_desired_state(decided, ipad(), NOW)

    for conflict in state.conflicts:
        winner, loser = conflict.winner.reason.scope, conflict.loser.reason.scope
        assert winner.narrowness >= loser.narrowness


def test_networks_come_first_and_restrictions_after_certificates() -> None:
    profiles = tuple(profile(f"school.{kind}", kind=kind) for kind in reversed(ProfileKind))

    state = compile_desired_state([Assignment(CITY, NOW, profiles)], ipad(), NOW)

    assert [p.kind for p in state.profiles] == list(ProfileKind)


def test_a_wish_for_another_school_does_not_count() -> None:
    state = compile_desired_state([Assignment(ELSEWHERE, NOW, (profile("school.a"),))], ipad(), NOW)

    assert state.profiles == ()


def test_the_same_wish_from_two_sides_is_no_conflict() -> None:
    wide = Assignment(CITY, NOW, (profile("school.a"),))

    state = compile_desired_state([wide, replace(wide, scope=CLASS)], ipad(), NOW)

    assert state.conflicts == ()
    assert state.profiles[0].reason.scope == CLASS


def test_a_class_may_do_without_what_the_city_wants() -> None:
    wide = Assignment(CITY, NOW, (profile("school.a"),))
    narrow = Assignment(CLASS, NOW, absent_profiles=("school.a",))

    state = compile_desired_state([wide, narrow], ipad(), NOW)

    assert state.profiles == ()
    assert [conflict.because for conflict in state.conflicts] == [Precedence.NARROWER_SCOPE]


def test_of_the_scopes_around_a_device_the_narrowest_wins_in_the_order_people_say() -> None:
    widest_first = ("city", "school", "grade", "class", "course", "trolley", "group", "device")
    scopes = [Scope(ScopeKind(kind), kind) for kind in widest_first]
    device = replace(ipad(), scopes=frozenset(scopes))

    for number, scope in enumerate(scopes, 1):
        decided = [Assignment(one, NOW, device_name=str(one)) for one in scopes[:number]]
        name = compile_desired_state(decided, device, NOW).device_name
        assert name is not None
        assert name.reason.scope == scope


def test_of_two_decisions_for_one_scope_the_later_one_wins() -> None:
    old = Assignment(CITY, NOW, (profile("school.a", 2),))
    new = Assignment(CITY, NOW + timedelta(days=1), (profile("school.a", 1),))

    state = compile_desired_state([old, new], ipad(), NOW)

    assert state.profiles[0].version == 1
    assert state.conflicts[0].because is Precedence.LATER_DECISION


def test_a_profile_without_identifier_is_refused() -> None:
    with pytest.raises(InvalidWish) as refused:
        ProfileVersion("", "uuid", ProfileKind.OTHER, 1, 1)

    assert refused.value.field == "profile"
