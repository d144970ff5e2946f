"""After a restart an iPad does not call by itself: a question makes it call, and that proves it."""

from policies.actions import Inquire, QueryKind, RemoteKind
from policies.delivery import DeliveryState
from policies.plan import Plan
from policies.reconcile import plan
from tests.policies.builders import MINUTE, NOW, ipad, listing, remote, wishing

QUESTION = Inquire(QueryKind.DEVICE_INFORMATION)


def planned(kind: RemoteKind, state: DeliveryState) -> Plan:
    return plan(wishing(), listing(), [remote(kind, state)], ipad(), NOW)


def test_an_ipad_that_agreed_to_restart_is_asked_a_minute_later() -> None:
    steps = planned(RemoteKind.RESTART, DeliveryState.ACCEPTED).steps

    assert [(step.action, step.not_before) for step in steps] == [(QUESTION, NOW + MINUTE)]


def test_an_ipad_that_has_not_been_told_yet_is_not_asked() -> None:
    assert planned(RemoteKind.RESTART, DeliveryState.QUEUED).steps == ()


def test_a_lock_needs_no_question() -> None:
    assert planned(RemoteKind.LOCK, DeliveryState.ACCEPTED).steps == ()
