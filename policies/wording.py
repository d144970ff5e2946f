"""A plan in plain words, for scenarios and the command line.

Here: English lines without colour. Not here: German sentences on pages (mdm.doors.console).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from policies.actions import (
    Action,
    ActionKey,
    Inquire,
    InstallApp,
    InstallProfile,
    ReleaseFromSetup,
    RemoteAction,
    RemoveApp,
    RemoveProfile,
    RenewIdentity,
    ScheduleOsUpdate,
    SetDeviceName,
    SyncDeclarations,
)
from policies.conflicts import Conflict
from policies.declared_names import SUBSCRIPTIONS
from policies.plan import Plan, Step, WaitKind
from policies.wishes import Reason, ReasonKey
from profiles.declarations.declaration import Declaration
from profiles.declarations.json_form import canonical
from profiles.declarations.manifest import DeclarationKind

_WAITS = {
    WaitKind.PROOF_OF_PROFILE: "proof of",
    WaitKind.OTHER_NETWORK: "another proven network",
    WaitKind.LAST_NETWORK: "a wish for another network: this is the last one",
}


def describe_plan(plan: Plan, conflicts: tuple[Conflict, ...] = ()) -> list[str]:
    """One line for each step, then what is withdrawn, unproven, impossible and in conflict."""
    if plan.held is not None:
        return [f"nothing: the device is {plan.held}"]
    steps = [f"{number}. {describe_step(step)}" for number, step in enumerate(plan.steps, 1)]
    return (steps or [_nothing(plan)]) + [*_remarks(plan), *map(describe_conflict, conflicts)]


def describe_step(step: Step) -> str:
    words = f"{describe_action(step.action)} ({describe_reason(step.reason)})"
    if step.not_before is not None:
        words += f", not before {instant(step.not_before)}"
    waits = [f"{_WAITS[c.kind]} {c.subject}".rstrip() for c in step.waiting_on]
    return f"{words}, waits for {' and '.join(waits)}" if waits else words


def describe_action(action: Action) -> str:
    match action:
        case Inquire():
            return f"ask for {_plain(action.query)}"
        case InstallProfile():
            return f"install profile {action.identifier} v{action.version}"
        case RemoveProfile():
            return f"remove profile {action.identifier}"
        case InstallApp():
            return f"{'take over' if action.take_over else 'install'} app {action.identifier}"
        case RemoveApp():
            return f"delete app {action.identifier} with its data"
        case SetDeviceName():
            return f"name the device {action.name!r}"
        case RenewIdentity():
            return f"renew the identity {action.fingerprint}"
        case ReleaseFromSetup():
            return "release from setup"
        case SyncDeclarations():
            return "compare the declarations"
        case ScheduleOsUpdate():
            return f"install iPadOS {action.version}"
        case RemoteAction():
            return _plain(action.remote)


def describe_reason(reason: Reason) -> str:
    if reason.key is ReasonKey.ASSIGNED:
        return f"assigned to {reason.scope} since {reason.since.date()}"
    return _plain(reason.key)


def describe_conflict(conflict: Conflict) -> str:
    winner, loser = conflict.winner.reason.scope, conflict.loser.reason.scope
    subject = conflict.subject or "device name"
    if conflict.field:
        subject = f"{subject} {conflict.field} = {conflict.value}"
    return f"conflict: {subject}: {winner} wins over {loser} ({_plain(conflict.because)})"


def describe_key(key: ActionKey) -> str:
    return " ".join(part for part in (_plain(key.kind), key.subject, key.version) if part)


def instant(at: datetime) -> str:
    """Date and time in UTC, seconds only where there are any."""
    return f"{at:%Y-%m-%dT%H:%M:%S}" if at.second else f"{at:%Y-%m-%dT%H:%M}"


def _remarks(plan: Plan) -> Iterator[str]:
    for key in plan.withdrawals:
        yield f"withdraw: {describe_key(key)}"
    for wish in plan.unmet:
        yield f"cannot: {wish.subject} ({_plain(wish.kind)})"
    for failed in plan.failed:
        yield f"refused: {failed.subject}{_codes(failed.codes)}"
    if plan.declarations:
        yield f"declared: {', '.join(_wished(plan.declarations)) or 'nothing but the house'}"
    if plan.undecided:
        yield f"open until the device says what it can: {', '.join(plan.undecided)}"
    if plan.unproven:
        yield f"unproven: {', '.join(plan.unproven)}"
    if plan.under_way:
        yield f"under way: {', '.join(map(describe_key, plan.under_way))}"
    if plan.look_again_at is not None:
        yield f"look again at {instant(plan.look_again_at)}"


def _codes(codes: tuple[str, ...]) -> str:
    return f" ({', '.join(codes)})" if codes else ""


def _wished(declarations: tuple[Declaration, ...]) -> Iterator[str]:
    """The configurations that follow from wishes, each with its payload."""
    for declaration in declarations:
        is_wished = declaration.kind is DeclarationKind.CONFIGURATION
        if is_wished and declaration.identifier != SUBSCRIPTIONS:
            yield f"{declaration.identifier} {canonical(declaration.payload).decode()}"


def _nothing(plan: Plan) -> str:
    if plan.is_converged:
        return "nothing: everything is proven"
    return "nothing new: the device has to answer first" if plan.is_empty else "nothing to queue"


def _plain(word: str) -> str:
    return word.replace("_", " ")
