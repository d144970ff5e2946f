"""What to ask a device, and when: first inventory, proofs, refreshes.

Here: one inquiry per query, at the earliest instant that anybody needs. Not here: what an answer
proves (policies.proof).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.actions import ActionKey, ActionKind, Inquire, QueryKind, RemoteKind
from policies.backoff import next_check_at, spread
from policies.delivery import OPEN, DeliveryState
from policies.facts import CommandFacts
from policies.plan import Step
from policies.profile_steps import has_doubtful_profiles
from policies.proof import may_have_obeyed_at
from policies.scope import Scope, ScopeKind
from policies.situation import APP_ACTIONS, OBEYED, PROFILE_ACTIONS, Situation
from policies.wishes import Reason, ReasonKey

READING_PATIENCE = timedelta(minutes=10)
"""For so long an answer may wait to be read before its question is asked again."""

_APP_QUERIES = (QueryKind.MANAGED_APPLICATIONS, QueryKind.INSTALLED_APPLICATIONS)


@dataclass(frozen=True, slots=True)
class Inquiries:
    """first: at the head of the plan. later: after everything whose effect they shall show.

    withdrawals: open inquiries that would come later than needed.
    next_refresh: when the next report will be too old, or an answer unread for too long; None if
        one already is or none can be.
    """

    first: tuple[Step, ...]
    later: tuple[Step, ...]
    withdrawals: tuple[ActionKey, ...]
    next_refresh: datetime | None


def inquiries(situation: Situation) -> Inquiries:
    """Collect every need to ask, one inquiry per query."""
    first = [step for step in _first_inventory(situation) if _is_needed(situation, step)]
    asked = {step.action.key for step in first}
    rest = _earliest([*_proofs(situation), *_doubts(situation), *_refreshes(situation)])
    later = [s for s in rest if s.action.key not in asked and _is_needed(situation, s)]
    superseded = tuple(s.action.key for s in (*first, *later) if situation.is_open(s.action.key))
    return Inquiries(tuple(first), tuple(later), superseded, _next_refresh(situation))


def _is_needed(situation: Situation, step: Step) -> bool:
    """Whether no open inquiry will bring the answer as soon as this one would.

    One that was answered counts as open until the answer is read, which leads to a new plan;
    else a house with many unread answers would be given more and more of them.
    """
    command = situation.commands.get(step.action.key)
    if command is None:
        return True
    if command.state not in OPEN:
        return not _is_to_be_read(situation, command)
    due = command.not_before
    if due is None or due <= situation.now or command.state is DeliveryState.REACHED:
        return False
    return step.not_before is None or step.not_before < due


def _is_to_be_read(situation: Situation, command: CommandFacts) -> bool:
    until = _read_by(situation, command)
    return until is not None and until > situation.now


def _read_by(situation: Situation, command: CommandFacts) -> datetime | None:
    """When the answer to an inquiry must have been read; None if it is, or was never given."""
    if command.state is not DeliveryState.PROVEN or command.accepted_at is None:
        return None
    seen_at = situation.reported.observed_at(QueryKind(command.key.subject))
    is_read = seen_at is not None and seen_at >= command.accepted_at
    return None if is_read else command.accepted_at + READING_PATIENCE


def _first_inventory(situation: Situation) -> Iterator[Step]:
    for wish in situation.desired.freshness:
        if situation.reported.observed_at(wish.query) is None:
            yield _step(situation, wish.query, ReasonKey.FIRST_INVENTORY, None)


def _proofs(situation: Situation) -> Iterator[Step]:
    for command in situation.commands.values():
        if command.accepted_at is None or command.state not in OBEYED:
            continue
        for query in _queries_that_show(situation, command):
            seen_at = situation.reported.observed_at(query)
            # Proven by its own answer, as a setting is: the report still has to catch up.
            unseen = seen_at is None or seen_at < command.accepted_at
            if command.state is DeliveryState.ACCEPTED or unseen:
                due = next_check_at(command.accepted_at, seen_at, _intervals(situation, command))
                yield _step(situation, query, ReasonKey.PROOF, due)


def _doubts(situation: Situation) -> Iterator[Step]:
    """What was taken back after it had left, and was not answered, keeps the old WLAN until a list
    shows what became of the new one.
    """
    seen_at = situation.reported.observed_at(QueryKind.PROFILE_LIST)
    for command in situation.network_dangers():
        left_at = may_have_obeyed_at(command)
        if left_at is not None:
            due = next_check_at(left_at, seen_at, situation.pace.profile_checks)
            yield _step(situation, QueryKind.PROFILE_LIST, ReasonKey.PROOF, due)


def _queries_that_show(situation: Situation, command: CommandFacts) -> tuple[QueryKind, ...]:
    """What to ask for the effect of a command; of declarations only where a profile is in doubt."""
    if command.key.kind is not ActionKind.SYNC_DECLARATIONS:
        return _queries_that_prove(command)
    return (QueryKind.PROFILE_LIST,) if has_doubtful_profiles(situation) else ()


def _queries_that_prove(command: CommandFacts) -> tuple[QueryKind, ...]:
    kind = command.key.kind
    if kind in PROFILE_ACTIONS:
        return (QueryKind.PROFILE_LIST,)
    if kind in APP_ACTIONS:
        return _APP_QUERIES
    # What was restarted does not call by itself: a question makes it, and its call is the proof.
    is_restart = kind is ActionKind.REMOTE and command.key.subject == RemoteKind.RESTART
    if is_restart or kind is ActionKind.SET_DEVICE_NAME:
        return (QueryKind.DEVICE_INFORMATION,)
    return ()


def _intervals(situation: Situation, command: CommandFacts) -> Sequence[timedelta]:
    pace = situation.pace
    takes_a_while = command.key.kind in APP_ACTIONS or command.key.kind is ActionKind.REMOTE
    return pace.app_checks if takes_a_while else pace.profile_checks


def _refreshes(situation: Situation) -> Iterator[Step]:
    for query, due in _refresh_times(situation):
        if due <= situation.now:
            yield _step(situation, query, ReasonKey.STALE_INVENTORY, None)


def _next_refresh(situation: Situation) -> datetime | None:
    times = [due for _, due in _refresh_times(situation)]
    asked = (situation.commands.get(Inquire(query).key) for query in QueryKind)
    unread = (_read_by(situation, command) for command in asked if command is not None)
    future = (due for due in (*times, *unread) if due is not None and due > situation.now)
    return min(future, default=None)


def _refresh_times(situation: Situation) -> Iterator[tuple[QueryKind, datetime]]:
    """When each report becomes too old: a fifth of its age later at most, never for all at once."""
    for wish in situation.desired.freshness:
        seen_at = situation.reported.observed_at(wish.query)
        if seen_at is not None:
            late = 0.1 * (1 + spread(f"{situation.device.key}\n{wish.query}"))
            yield wish.query, seen_at + wish.max_age * (1 + late)


def _earliest(steps: Iterable[Step]) -> list[Step]:
    """One step per query, the most urgent one, in the order of the queries."""
    best: dict[ActionKey, Step] = {}
    for step in steps:
        known = best.get(step.action.key)
        if known is None or _urgency(step) < _urgency(known):
            best[step.action.key] = step
    return [best[key] for key in sorted(best)]


def _urgency(step: Step) -> tuple[float, str]:
    due = 0.0 if step.not_before is None else step.not_before.timestamp()
    return due, step.reason.key


def _step(situation: Situation, query: QueryKind, reason: ReasonKey, due: datetime | None) -> Step:
    action = Inquire(query)
    retry = situation.retry_at(action.key)
    latest = max((instant for instant in (due, retry) if instant is not None), default=None)
    scope = Scope(ScopeKind.DEVICE, situation.device.key)
    return Step(action, Reason(reason, scope, situation.now), not_before=latest)
