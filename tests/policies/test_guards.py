"""Who may order what, and what may leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.actions import RemoteKind
from policies.approvals import (
    ActionRequest,
    DestructiveCommandFacts,
    EraseUsage,
    StopSwitch,
    Target,
    approve,
)
from policies.errors import InvalidWish
from policies.guards import (
    NEEDS_APPROVAL,
    may_deliver,
    may_offer_again,
    may_order,
    may_second,
)
from policies.verdict import ALLOWED, RefusalKind, Refused, Verdict
from tests.policies.builders import MINUTE, NOW

DAY = timedelta(days=1)
STOP = StopSwitch("manager_b", NOW)
UNUSED = EraseUsage()


def asking(remote: RemoteKind = RemoteKind.ERASE, devices: int = 1) -> ActionRequest:
    targets = tuple(Target(f"ipad-{number}", 1) for number in range(devices))
    return ActionRequest(remote, "manager_a", "broken glass", targets, NOW + DAY)


def leaving(request: ActionRequest | None = None) -> DestructiveCommandFacts:
    approval = approve(request or asking(), NOW)
    return DestructiveCommandFacts(approval.remote, "ipad-0", 1, approval)


def kind(verdict: Verdict) -> RefusalKind | None:
    return verdict.kind if isinstance(verdict, Refused) else None


def test_one_erase_with_a_reason_may_be_ordered_and_delivered() -> None:
    assert may_order(asking(), UNUSED, None, NOW) == ALLOWED
    assert may_deliver(leaving(), NOW + MINUTE) == ALLOWED


def test_what_harms_nobody_needs_no_approval() -> None:
    sound = DestructiveCommandFacts(RemoteKind.PLAY_LOST_MODE_SOUND, "ipad-0", 1, None)

    assert may_deliver(sound, NOW) == ALLOWED


@pytest.mark.parametrize("remote", sorted(NEEDS_APPROVAL))
def test_nothing_destructive_leaves_without_an_approval(remote: RemoteKind) -> None:
    bare = DestructiveCommandFacts(remote, "ipad-0", 1, None)

    assert kind(may_deliver(bare, NOW)) is RefusalKind.NO_APPROVAL


@pytest.mark.parametrize("remote", sorted(NEEDS_APPROVAL))
def test_nothing_destructive_leaves_while_the_stop_switch_is_pressed(remote: RemoteKind) -> None:
    facts = replace(leaving(asking(remote)), stop=STOP)

    verdict = may_deliver(facts, NOW)

    assert kind(verdict) is RefusalKind.STOPPED
    assert isinstance(verdict, Refused)
    assert not verdict.is_held


def test_nothing_destructive_is_ordered_while_the_stop_switch_is_pressed() -> None:
    assert kind(may_order(asking(), UNUSED, STOP, NOW)) is RefusalKind.STOPPED


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"person": " "}, RefusalKind.NO_PERSON),
        ({"reason": "\t"}, RefusalKind.NO_REASON),
        ({"targets": ()}, RefusalKind.NO_DEVICES),
        ({"valid_until": NOW}, RefusalKind.APPROVAL_EXPIRED),
        ({"valid_until": NOW + 7 * DAY + MINUTE}, RefusalKind.APPROVAL_TOO_LONG),
        ({"second": "manager_a"}, RefusalKind.SAME_PERSON),
        ({"second": "Manager_A "}, RefusalKind.SAME_PERSON),
        ({"second": ""}, RefusalKind.NO_PERSON),
    ],
)
def test_an_incomplete_order_is_refused(change: dict[str, object], expected: RefusalKind) -> None:
    request = replace(asking(), **change)  # type: ignore[arg-type]

    assert kind(may_order(request, UNUSED, None, NOW)) is expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"person": ""}, RefusalKind.NO_PERSON),
        ({"reason": ""}, RefusalKind.NO_REASON),
        ({"valid_until": NOW}, RefusalKind.APPROVAL_EXPIRED),
        ({"valid_until": NOW + 8 * DAY}, RefusalKind.APPROVAL_TOO_LONG),
        ({"remote": RemoteKind.LOCK}, RefusalKind.OTHER_ACTION),
        ({"second": "manager_a"}, RefusalKind.SAME_PERSON),
        ({"generations": {}}, RefusalKind.NOT_ON_THE_LIST),
        ({"generations": {"ipad-0": 2}}, RefusalKind.OTHER_GENERATION),
    ],
)
def test_the_last_door_reads_the_approval_again(
    change: dict[str, object], expected: RefusalKind
) -> None:
    facts = leaving()
    assert facts.approval is not None
    spoilt = replace(facts.approval, **change)  # type: ignore[arg-type]

    assert kind(may_deliver(replace(facts, approval=spoilt), NOW)) is expected


def test_an_erase_never_reaches_the_device_that_enrolled_again() -> None:
    verdict = may_deliver(replace(leaving(), generation=2), NOW)

    assert kind(verdict) is RefusalKind.OTHER_GENERATION


def test_a_device_that_joined_the_group_after_the_approval_is_not_erased() -> None:
    verdict = may_deliver(replace(leaving(), device="ipad-99"), NOW)

    assert kind(verdict) is RefusalKind.NOT_ON_THE_LIST


def test_what_was_answered_once_is_not_offered_again() -> None:
    verdict = may_deliver(replace(leaving(), answered=True), NOW)

    assert kind(verdict) is RefusalKind.ALREADY_ANSWERED


def test_a_refusal_of_the_device_passes_through() -> None:
    cannot = Refused(RefusalKind.DEVICE_CANNOT, {"device": "ipad-0", "why": "unsupervised"})
    request = replace(asking(RemoteKind.RESTART), targets=(Target("ipad-0", 1, cannot),))

    assert may_order(request, UNUSED, None, NOW) == cannot
    assert may_deliver(replace(leaving(), refusal=cannot), NOW) == cannot


def test_one_unable_device_of_a_class_stops_the_order_and_is_named() -> None:
    cannot = Refused(RefusalKind.DEVICE_CANNOT)
    request = asking(RemoteKind.RESTART, devices=3)
    request = replace(request, targets=(*request.targets, Target("old-ipad", 1, cannot)))

    verdict = may_order(request, UNUSED, None, NOW)

    assert isinstance(verdict, Refused)
    assert verdict.values == {"refused": 1, "devices": 4, "first": "old-ipad"}


def test_the_sixth_erase_within_an_hour_is_held_for_a_second_person() -> None:
    verdict = may_order(asking(), EraseUsage(by_person=5, by_city=5), None, NOW)

    assert isinstance(verdict, Refused)
    assert verdict.is_held
    assert verdict.values == {"used": 5, "wanted": 1, "limit": 5}


def test_the_twenty_first_erase_of_the_city_within_an_hour_is_held() -> None:
    verdict = may_order(asking(), EraseUsage(by_person=0, by_city=20), None, NOW)

    assert kind(verdict) is RefusalKind.SECOND_PERSON_NEEDED


@given(st.integers(0, 10), st.integers(0, 30), st.integers(1, 30))
def test_nobody_alone_exceeds_the_budget(person: int, city: int, devices: int) -> None:
    verdict = may_order(asking(devices=devices), EraseUsage(person, city), None, NOW)

    assert (verdict == ALLOWED) == (person + devices <= 5 and city + devices <= 20)


def test_with_a_second_person_a_whole_class_may_be_erased() -> None:
    request = replace(asking(devices=30), second="manager_b")

    assert may_order(request, UNUSED, None, NOW) == ALLOWED
    assert may_deliver(leaving(request), NOW) == ALLOWED


def test_the_budget_counts_once_more_at_the_last_door() -> None:
    verdict = may_deliver(replace(leaving(), usage=EraseUsage(by_person=5)), NOW)

    assert isinstance(verdict, Refused)
    assert verdict.is_held


def test_restarting_a_class_costs_no_erase_budget() -> None:
    request = asking(RemoteKind.RESTART, devices=30)

    assert may_order(request, EraseUsage(5, 20), None, NOW) == ALLOWED


def test_nobody_seconds_himself_in_another_tab() -> None:
    assert kind(may_second("manager_a", None, "MANAGER_A")) is RefusalKind.SAME_PERSON


def test_an_order_is_seconded_once() -> None:
    assert may_second("manager_a", None, "manager_b") == ALLOWED
    assert kind(may_second("manager_a", "manager_b", "manager_b")) is RefusalKind.ALREADY_SECONDED


def test_a_device_cannot_be_listed_twice() -> None:
    request = replace(asking(), targets=(Target("ipad-0", 1), Target("ipad-0", 2)))

    with pytest.raises(InvalidWish):
        approve(request, NOW)


def test_a_destructive_command_outside_the_list_needs_an_approval_too() -> None:
    bare = DestructiveCommandFacts(None, "ipad-0", 1, None)

    assert kind(may_deliver(bare, NOW)) is RefusalKind.NO_APPROVAL


def test_an_approval_for_another_command_does_not_cover_an_erase() -> None:
    by_hand = replace(approve(asking(), NOW), remote=None)

    assert kind(may_deliver(replace(leaving(), approval=by_hand), NOW)) is RefusalKind.OTHER_ACTION


@pytest.mark.parametrize("remote", [RemoteKind.RESTART, RemoteKind.SHUT_DOWN])
def test_a_restart_that_left_never_leaves_again(remote: RemoteKind) -> None:
    assert not may_offer_again(remote, NOW, NOW)


def test_an_erase_leaves_again_only_while_the_device_cannot_have_come_back() -> None:
    assert may_offer_again(RemoteKind.ERASE, NOW, NOW + 10 * MINUTE)
    assert not may_offer_again(RemoteKind.ERASE, NOW, NOW + 11 * MINUTE)


@pytest.mark.parametrize("remote", [None, RemoteKind.LOCK, RemoteKind.ENABLE_LOST_MODE])
def test_what_does_the_same_twice_may_leave_again(remote: RemoteKind | None) -> None:
    assert may_offer_again(remote, NOW, NOW + DAY)
