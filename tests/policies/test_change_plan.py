"""The preview of a change, and its law: what it says is what happens, to exactly those devices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.assignment import AppChoice, Assignment, OsTarget
from policies.change_plan import Preview, Situated, effective_at, narrowed, preview
from policies.city import Place, compile_city
from policies.effects import (
    ChangeKind,
    Loss,
    LossKind,
    carried_out,
    effect_between,
    subject_of,
    wishes_of,
)
from policies.operations import AssignmentSpec, BeginAssignment, EndAssignment, Target
from policies.scope import CITY
from policies.value_json import read_value, write_value
from policies.wishes import AbsentApp, ProfileKind, WantedApp, WantedProfile
from tests.policies.builders import NOW, profile
from tests.policies.cities import (
    DAY,
    OWN_ROLLOUT,
    ROLLOUT,
    Change,
    City,
    OnItsWay,
    around,
    changes,
    cities,
    class_of,
    grade,
    on_their_way,
    place,
    school,
)

quick = settings(max_examples=50)
NINE_A, NINE_B, EIGHT_A = (
    place(device, around("12", *where))
    for device, where in enumerate([("9", "a"), ("9", "b"), ("8", "a")], 1)
)
EVERYBODY = (NINE_A, NINE_B, EIGHT_A)
OLD = Assignment(school("12"), NOW - DAY, (profile("school.wlan", 1),))


def previewed(change: Change) -> Preview:
    devices = [
        Situated(was, becomes)
        for was, becomes in zip(change.before.places, change.after.places, strict=True)
    ]
    return preview([], change.before.rules, change.after.rules, devices, NOW)


def changing(
    before: Iterable[Assignment], after: Iterable[Assignment], places: Iterable[Place] = EVERYBODY
) -> Preview:
    where = tuple(places)
    was, becomes = (City(tuple((CITY, rule) for rule in rules), where) for rules in (before, after))
    return previewed(Change(was, becomes))


@quick
@given(changes())
def test_what_the_preview_says_is_what_happens(change: Change) -> None:
    before = compile_city(change.before.rules, change.before.places, NOW)
    after = compile_city(change.after.rules, change.after.places, NOW)

    effects = {
        device: group.effect for group in previewed(change).groups for device in group.devices
    }

    for device in before.by_device:
        was, becomes = before.state(device), after.state(device)
        if device not in effects:
            assert was == becomes
            continue
        effect = effects[device]
        assert carried_out(effect, wishes_of(was)) == frozenset(wishes_of(becomes))
        conflicts = (set(was.conflicts) - set(effect.settled)) | set(effect.conflicts)
        assert conflicts == set(becomes.conflicts)


@quick
@given(changes())
def test_no_device_is_listed_without_something_happening_to_it(change: Change) -> None:
    for group in previewed(change).groups:
        effect = group.effect
        assert effect.changes or effect.conflicts or effect.settled


def test_what_is_decided_once_more_touches_nobody() -> None:
    here = around("12", "9", "a")
    loser = (CITY, Assignment(CITY, NOW - DAY, (profile("school.wlan", 1),)))
    winner = (CITY, Assignment(school("12"), NOW, (profile("school.wlan", 2),)))
    before = City((loser, winner), (place(1, here),))
    after = City((loser, loser, winner), (place(1, here),))

    assert previewed(Change(before, after)).groups == ()


@quick
@given(cities)
def test_changing_nothing_touches_nobody(city: City) -> None:
    assert previewed(Change(city, city)).devices == ()


@quick
@given(changes())
def test_going_back_touches_the_same_devices_with_the_opposite(change: Change) -> None:
    forth, back = previewed(change), previewed(Change(change.after, change.before))

    there = {device: group.effect for group in forth.groups for device in group.devices}
    home = {device: group.effect for group in back.groups for device in group.devices}
    assert there.keys() == home.keys()
    for device, effect in there.items():
        opposite = home[device]
        assert {(c.before, c.after) for c in effect.changes} == {
            (c.after, c.before) for c in opposite.changes
        }
        assert set(effect.conflicts) == set(opposite.settled)


@quick
@given(changes())
def test_a_preview_survives_its_json(change: Change) -> None:
    shown = previewed(change)

    assert read_value(Preview, write_value(shown)) == shown


def test_a_change_for_a_grade_lists_exactly_its_ipads_with_what_they_gain_and_lose() -> None:
    new = Assignment(grade("12", "9"), NOW, (profile("school.wlan", 2),))

    shown = changing([OLD], [OLD, new])

    (group,) = shown.groups
    (change,) = group.effect.changes
    assert group.devices == (1, 2)
    assert change.kind is ChangeKind.REPLACES
    assert isinstance(change.before, WantedProfile)
    assert change.before.version == 1
    assert isinstance(change.after, WantedProfile)
    assert change.after.version == 2


def test_devices_to_which_the_same_happens_share_one_effect() -> None:
    new = Assignment(school("12"), NOW, apps=(AppChoice("de.example.maths"),))
    other = Assignment(class_of("12", "9a"), NOW, (profile("school.mail"),))

    shown = changing([], [new, other])

    assert [group.devices for group in shown.groups] == [(2, 3), (1,)]
    assert len({group.digest for group in shown.groups}) == 2


def test_a_rule_that_loses_shows_as_a_conflict_and_changes_nothing() -> None:
    narrow = Assignment(class_of("12", "9a"), NOW - DAY, (profile("school.wlan", 1),))
    wide = Assignment(CITY, NOW, (profile("school.wlan", 2),))

    shown = changing([narrow], [narrow, wide], [NINE_A])

    (group,) = shown.groups
    assert not group.effect.is_visible
    assert group.effect.conflicts[0].winner.reason.scope == narrow.scope
    assert shown.conflict_count == 1


def test_the_same_thing_for_another_reason_is_kept() -> None:
    narrow = replace(OLD, scope=class_of("12", "9a"))

    (group,) = changing([OLD], [OLD, narrow], [NINE_A]).groups

    assert [change.kind for change in group.effect.changes] == [ChangeKind.KEEPS]
    assert not group.effect.is_visible


@pytest.mark.parametrize("has_other", [True, False])
def test_a_network_is_lost_only_where_another_one_is_wished(has_other: bool) -> None:
    """The planner lets no iPad's last network go."""
    wlan, other = (
        profile("school.wlan", kind=ProfileKind.WIFI),
        profile("school.other", kind=ProfileKind.WIFI),
    )
    ending = Assignment(CITY, NOW - DAY, (wlan,))
    staying = [Assignment(CITY, NOW - DAY, (other,))] if has_other else []

    (group,) = changing([ending, *staying], staying, [NINE_A]).groups

    expected = ChangeKind.LOSES if has_other else ChangeKind.STAYS
    assert [change.kind for change in group.effect.changes] == [expected]


def test_deleting_an_app_is_named_as_what_does_not_come_back() -> None:
    gone = Assignment(grade("12", "9"), NOW, absent_apps=("de.example.maths",))

    shown = changing([], [gone])

    (loss,) = shown.losses
    assert (loss.loss, loss.devices) == (Loss(LossKind.APP_DATA, "de.example.maths"), 2)


def test_an_update_of_the_system_is_named_as_what_does_not_come_back() -> None:
    target = OsTarget("26.1", NOW.replace(tzinfo=None))
    newer = Assignment(CITY, NOW, os_version=target)

    shown = changing([], [newer])

    assert [loss.loss for loss in shown.losses] == [Loss(LossKind.OS_UPDATED, "26.1")]


def test_taking_a_deletion_back_loses_nothing() -> None:
    gone = Assignment(grade("12", "9"), NOW, absent_apps=("de.example.maths",))

    assert changing([gone], []).losses == ()


def test_a_device_that_moves_exchanges_the_rules_of_its_classes() -> None:
    here = Assignment(class_of("12", "9a"), NOW, (profile("school.a"),))
    there = Assignment(class_of("12", "8a"), NOW, (profile("school.b"),))
    moved = replace(EIGHT_A, device=1, key=NINE_A.key)
    rules = {CITY: [here, there]}

    shown = preview([], rules, rules, [Situated(NINE_A, moved)], NOW)

    (group,) = shown.groups
    assert [change.kind for change in group.effect.changes] == [ChangeKind.LOSES, ChangeKind.GAINS]


def test_a_device_that_joins_the_city_gains_its_rules() -> None:
    shown = preview([], {CITY: [OLD]}, {CITY: [OLD]}, [Situated(None, NINE_A)], NOW)

    assert shown.devices == (1,)
    assert shown.groups[0].effect.changes[0].kind is ChangeKind.GAINS


@quick
@given(on_their_way(), st.randoms(use_true_random=False))
def test_whoever_is_released_has_what_comes_and_everybody_else_what_was(
    change: OnItsWay, chance: Random
) -> None:
    reached = [
        replace(one, released=one.released | {OWN_ROLLOUT}) if chance.random() < 0.5 else one
        for one in change.way.places
    ]

    under_way = compile_city(change.way.rules, reached, NOW)

    before, after = (
        compile_city(city.rules, city.places, NOW) for city in (change.before, change.after)
    )
    for one in reached:
        expected = after if OWN_ROLLOUT in one.released else before
        assert under_way.state(one.device) == expected.state(one.device)


@quick
@given(on_their_way())
def test_the_preview_of_a_roll_out_is_that_of_its_end(change: OnItsWay) -> None:
    devices = [Situated.staying(one) for one in change.before.places]

    shown = preview([], change.before.rules, change.way.rules, devices, NOW, OWN_ROLLOUT)

    assert shown == preview([], change.before.rules, change.after.rules, devices, NOW)


def test_the_preview_shows_the_end_of_the_changes_own_way_through_the_rings() -> None:
    new = Assignment(CITY, NOW, (profile("school.mail"),), rollout=ROLLOUT)
    going = replace(OLD, ending_rollout=ROLLOUT)
    devices = [Situated.staying(one) for one in EVERYBODY]

    shown = preview([], {CITY: [OLD]}, {CITY: [going, new]}, devices, NOW, rollout=ROLLOUT)

    (group,) = shown.groups
    kinds = [change.kind for change in group.effect.changes]
    assert (group.devices, kinds) == ((1, 2, 3), [ChangeKind.GAINS, ChangeKind.LOSES])


def test_a_rule_that_starts_later_is_shown_as_of_its_start() -> None:
    spec = AssignmentSpec(Target(), profile_id=1, starts_at=NOW + DAY)

    assert effective_at([EndAssignment(1), BeginAssignment(spec)], NOW) == NOW + DAY
    assert effective_at([BeginAssignment(replace(spec, starts_at=NOW - DAY))], NOW) == NOW


def test_the_preview_of_a_later_start_lists_whom_it_will_touch() -> None:
    spec = AssignmentSpec(Target(), profile_id=1, starts_at=NOW + DAY)
    later = Assignment(CITY, NOW, (profile("school.mail"),), starts_at=NOW + DAY)
    devices = [Situated.staying(one) for one in EVERYBODY]

    shown = preview([BeginAssignment(spec)], {}, {CITY: [later]}, devices, NOW)

    assert shown.devices == (1, 2, 3)


def test_the_fingerprint_moves_with_every_touched_device() -> None:
    new = Assignment(grade("12", "9"), NOW, (profile("school.mail"),))

    shown = changing([OLD], [OLD, new])

    elsewhere = replace(OLD, scope=school("13"))
    assert changing([OLD, elsewhere], [OLD, elsewhere, new]).fingerprint == shown.fingerprint
    assert changing([OLD], [OLD, new], [NINE_A]).fingerprint != shown.fingerprint
    assert changing([], [new]).fingerprint != shown.fingerprint
    changed = replace(new, profiles=(profile("school.mail", 2),))
    assert changing([OLD], [OLD, changed]).fingerprint != shown.fingerprint


def test_looking_again_later_gives_the_same_fingerprint() -> None:
    def shown(now: datetime) -> Preview:
        new = Assignment(grade("12", "9"), now, (profile("school.wlan", 2),))
        rules = {CITY: [OLD, new]}
        return preview([], {CITY: [OLD]}, rules, [Situated.staying(NINE_A)], now)

    assert shown(NOW).fingerprint == shown(NOW + DAY).fingerprint
    assert shown(NOW).groups != shown(NOW + DAY).groups


def test_the_fingerprint_moves_with_the_operations() -> None:
    begin = BeginAssignment(AssignmentSpec(Target(), profile_id=1))
    devices = [Situated.staying(NINE_A)]

    one, other = (preview(done, {}, {CITY: [OLD]}, devices, NOW) for done in ([], [begin]))

    assert one.groups == other.groups
    assert one.fingerprint != other.fingerprint


@quick
@given(cities)
def test_every_wish_of_a_state_is_compared(city: City) -> None:
    compiled = compile_city(city.rules, city.places, NOW)

    for state in compiled.states.values():
        names = {field.name for field in fields(state)} - {"freshness", "conflicts", "changes_at"}
        values = [getattr(state, name) for name in names]
        wishes = [w for value in values for w in (value if isinstance(value, tuple) else (value,))]
        assert frozenset(wishes) - {None} == frozenset(wishes_of(state))
        subjects = [subject_of(wish) for wish in wishes_of(state)]
        assert len(subjects) == len(set(subjects))


def test_a_wanted_app_that_must_go_now_is_an_exchange() -> None:
    wanted, gone = (
        compile_city({CITY: [rule]}, [NINE_A], NOW).state(1)
        for rule in (
            Assignment(CITY, NOW, apps=(AppChoice("de.example.maths"),)),
            Assignment(CITY, NOW, absent_apps=("de.example.maths",)),
        )
    )

    (change,) = effect_between(wanted, gone).changes

    assert isinstance(change.before, WantedApp)
    assert isinstance(change.after, AbsentApp)


@quick
@given(changes(), st.sets(st.integers(0, 12)))
def test_a_part_of_a_preview_and_the_rest_of_it_are_the_whole(
    change: Change, own: set[int]
) -> None:
    whole = previewed(change)

    part, rest = (narrowed(whole, devices) for devices in (own, frozenset(whole.devices) - own))

    assert set(part.devices) == own & set(whole.devices)
    assert sorted(part.devices + rest.devices) == list(whole.devices)
    assert part.fingerprint == whole.fingerprint
    assert losses_of(part) + losses_of(rest) == losses_of(whole)


def losses_of(shown: Preview) -> Counter[Loss]:
    return Counter({lost.loss: lost.devices for lost in shown.losses})
