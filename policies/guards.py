"""May this be ordered, may it leave now? The guard in front of everything that hurts.

Here: judgement over values: approvals, quotas, the stop switch, frozen lists. Not here: counting
(mdm.rooms.actions), supervision and OS of a command (profiles.commands; its refusals are handed
in). Judged when ordered, when seconded, and once more where the bytes leave.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from policies.actions import RemoteKind
from policies.approvals import (
    DEFAULT_BUDGET,
    ActionRequest,
    Approval,
    DestructiveCommandFacts,
    EraseBudget,
    EraseUsage,
    StopSwitch,
    Target,
    approve,
)
from policies.verdict import ALLOWED, Allowed, RefusalKind, Refused, Verdict

__all__ = [
    "ALLOWED",
    "BUDGETED",
    "DEFAULT_BUDGET",
    "LONGEST_APPROVAL",
    "NEEDS_APPROVAL",
    "ActionRequest",
    "Allowed",
    "Approval",
    "DestructiveCommandFacts",
    "EraseBudget",
    "EraseUsage",
    "RefusalKind",
    "Refused",
    "StopSwitch",
    "Target",
    "Verdict",
    "approve",
    "may_deliver",
    "may_offer_again",
    "may_order",
    "may_second",
]

NEEDS_APPROVAL = frozenset(RemoteKind) - {
    RemoteKind.DISABLE_LOST_MODE,
    RemoteKind.PLAY_LOST_MODE_SOUND,
}
"""Destroys data, opens or blocks a device, takes it off the network, or tells where a child is."""

BUDGETED = frozenset({RemoteKind.ERASE})

LONGEST_APPROVAL = timedelta(days=7)

_ONCE = frozenset({RemoteKind.RESTART, RemoteKind.SHUT_DOWN})

# Whoever still speaks for the same enrollment so soon was not erased. Later it may be a backup
# that brought the enrollment back, and erasing it once more would be a disaster.
_ERASE_AGAIN_WITHIN = timedelta(minutes=10)


def may_order(
    request: ActionRequest,
    usage: EraseUsage,
    stop: StopSwitch | None,
    now: datetime,
    budget: EraseBudget = DEFAULT_BUDGET,
) -> Verdict:
    """Judge a request before anything is queued.

    A refusal that `is_held` waits for a second person; any other is final.
    """
    if request.remote not in NEEDS_APPROVAL:
        return _targets(request)
    return _first_refusal(
        _stopped(stop),
        _said_who_and_why(request.person, request.reason),
        _validity(request.valid_until, given_at=now, now=now),
        _targets(request),
        _four_eyes(request.person, request.second),
        _within(budget, request, usage),
    )


def may_second(requester: str, second: str | None, person: str) -> Verdict:
    """Judge whether `person` may second a request; two tabs of one person are one person.

    second: who already did, None if nobody.
    """
    if second is not None:
        return Refused(RefusalKind.ALREADY_SECONDED, {"second": second})
    return _four_eyes(requester, person)


def may_deliver(
    facts: DestructiveCommandFacts, now: datetime, budget: EraseBudget = DEFAULT_BUDGET
) -> Verdict:
    """Judge a command where its bytes would leave.

    A refusal that `is_held` leaves the command queued; any other ends it.
    """
    if facts.remote is not None and facts.remote not in NEEDS_APPROVAL:
        return facts.refusal or ALLOWED
    if facts.approval is None:
        return _stopped(facts.stop) or Refused(RefusalKind.NO_APPROVAL)
    approval = facts.approval
    return _first_refusal(
        _stopped(facts.stop),
        _fits(facts, approval),
        _said_who_and_why(approval.person, approval.reason),
        _validity(approval.valid_until, given_at=approval.given_at, now=now),
        Refused(RefusalKind.ALREADY_ANSWERED) if facts.answered else None,
        facts.refusal,
        _four_eyes(approval.person, approval.second),
        _spare(budget, facts, approval),
    )


def may_offer_again(remote: RemoteKind | None, left_at: datetime, now: datetime) -> bool:
    """Judge whether a command that left and was never answered may leave once more.

    left_at: when its bytes last left. A device that said NotNow has not obeyed: do not ask then.
    """
    if remote in _ONCE:
        return False
    return remote is not RemoteKind.ERASE or now - left_at <= _ERASE_AGAIN_WITHIN


def _first_refusal(*findings: Verdict | None) -> Verdict:
    return next((found for found in findings if isinstance(found, Refused)), ALLOWED)


def _stopped(stop: StopSwitch | None) -> Refused | None:
    if stop is None:
        return None
    return Refused(RefusalKind.STOPPED, {"person": stop.person, "since": stop.since})


def _said_who_and_why(person: str, reason: str) -> Refused | None:
    if not person.strip():
        return Refused(RefusalKind.NO_PERSON)
    return None if reason.strip() else Refused(RefusalKind.NO_REASON)


def _validity(valid_until: datetime, given_at: datetime, now: datetime) -> Refused | None:
    if valid_until - given_at > LONGEST_APPROVAL:
        return Refused(RefusalKind.APPROVAL_TOO_LONG, {"days": LONGEST_APPROVAL.days})
    if valid_until <= now:
        return Refused(RefusalKind.APPROVAL_EXPIRED, {"valid_until": valid_until})
    return None


def _targets(request: ActionRequest) -> Verdict:
    if not request.targets:
        return Refused(RefusalKind.NO_DEVICES)
    refused = [target for target in request.targets if target.refusal is not None]
    if not refused:
        return ALLOWED
    if len(request.targets) == 1 and refused[0].refusal is not None:
        return refused[0].refusal
    return Refused(
        RefusalKind.DEVICE_CANNOT,
        {"refused": len(refused), "devices": len(request.targets), "first": refused[0].device},
    )


def _four_eyes(person: str, second: str | None) -> Verdict:
    if second is None:
        return ALLOWED
    if not second.strip():
        return Refused(RefusalKind.NO_PERSON)
    same = second.strip().casefold() == person.strip().casefold()
    return Refused(RefusalKind.SAME_PERSON, {"person": person}) if same else ALLOWED


def _within(budget: EraseBudget, request: ActionRequest, usage: EraseUsage) -> Refused | None:
    if request.remote not in BUDGETED or request.second is not None:
        return None
    return _over(budget, usage, len(request.targets))


def _spare(
    budget: EraseBudget, facts: DestructiveCommandFacts, approval: Approval
) -> Refused | None:
    if facts.remote not in BUDGETED or approval.second is not None:
        return None
    return _over(budget, facts.usage, 1)


def _over(budget: EraseBudget, usage: EraseUsage, wanted: int) -> Refused | None:
    for used, limit in ((usage.by_person, budget.per_person), (usage.by_city, budget.per_city)):
        if used + wanted > limit:
            values = {"used": used, "wanted": wanted, "limit": limit}
            return Refused(RefusalKind.SECOND_PERSON_NEEDED, values)
    return None


def _fits(facts: DestructiveCommandFacts, approval: Approval) -> Refused | None:
    """Whether the approval speaks of this action, this device and this enrollment of it."""
    if approval.remote is not facts.remote:
        return Refused(RefusalKind.OTHER_ACTION, {"approved": approval.remote or "other"})
    approved = approval.generations.get(facts.device)
    if approved is None:
        return Refused(RefusalKind.NOT_ON_THE_LIST, {"device": facts.device})
    if approved != facts.generation:
        return Refused(RefusalKind.OTHER_GENERATION, {"approved": approved})
    return None
