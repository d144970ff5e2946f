"""How a device stands to its wishes: as it should be, on its way, or in the way of itself.

Here: the kinds, and outcome_of(), which reads them off a plan. Not here: the plan
(policies.reconcile), counting them over a school (policies.compliance).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policies.actions import ActionKind
from policies.plan import Plan, Step, WaitKind


class OutcomeKind(StrEnum):
    """What a plan says about a device as a whole; silence is judged by the last contact."""

    AS_WISHED = "as_wished"
    ON_ITS_WAY = "on_its_way"
    BLOCKED = "blocked"  # something failed, or cannot be followed on this device
    NOT_MANAGED = "not_managed"


@dataclass(frozen=True, order=True, slots=True)
class OutcomeReason:
    """What is in the way of one wish.

    kind: a RefusalKind of policies.plan, or `refused` where the device said no.
    codes: in the words of the device.
    """

    subject: str
    kind: str
    codes: tuple[str, ...] = ()


REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """reasons: sorted; empty unless the device is blocked."""

    kind: OutcomeKind
    reasons: tuple[OutcomeReason, ...] = ()


def outcome_of(plan: Plan) -> Outcome:
    """Read off a plan how the device stands.

    Routine questions say nothing about it, nor does the last network, which stays on purpose.
    """
    if plan.held is not None:
        return Outcome(OutcomeKind.NOT_MANAGED)
    if reasons := _reasons(plan):
        return Outcome(OutcomeKind.BLOCKED, reasons)
    if any(_is_to_do(step) for step in plan.steps) or plan.unproven or plan.under_way:
        return Outcome(OutcomeKind.ON_ITS_WAY)
    return Outcome(OutcomeKind.AS_WISHED)


def _is_to_do(step: Step) -> bool:
    """Whether a step is work; what stays on purpose is none, nor is a routine question."""
    stays = any(condition.kind is WaitKind.LAST_NETWORK for condition in step.waiting_on)
    return step.action.key.kind is not ActionKind.INQUIRE and not stays


def _reasons(plan: Plan) -> tuple[OutcomeReason, ...]:
    unmet = {OutcomeReason(wish.subject, wish.kind) for wish in plan.unmet}
    failed = {OutcomeReason(wish.subject, REFUSED, wish.codes) for wish in plan.failed}
    return tuple(sorted(unmet | failed))
