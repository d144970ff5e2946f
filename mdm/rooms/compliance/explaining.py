"""Why one iPad has what it has: the facts of its plan, told wish by wish.

Here: the rows that an explanation needs beside the facts of a plan. Not here: what they mean
(policies.explain), who decided them (origins.py), its words (policies.explain_wording, the
console).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.blueprints.unknown import payloads_of, traits_of
from mdm.rooms.compliance.origins import Origin, origins_of
from mdm.rooms.declarations.models import DeclarationState
from mdm.rooms.devices.models import Device
from mdm.rooms.facts import service as facts
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.reconciler.models import DesiredSpan, EnrollmentOutcome
from mdm.rooms.reconciler.service import plan_for
from mdm.rooms.schools.models import Course, Trolley
from policies.blueprint import ProfileSetting
from policies.explain import explain
from policies.explanation import Explained
from policies.outcome import Outcome, outcome_of
from policies.scope import Scope, ScopeKind
from policies.situation import Pace
from policies.stand_ins import stand_in
from policies.unknown_keys import unknown_in, unknown_in_declaration
from policies.wishes import WantedDeclaration, WantedProfile, Wish
from profiles.declarations.json_form import read_object
from profiles.schema.hints import DeviceTraits, KeyHint

_NUMBERED: Mapping[ScopeKind, type[Course | Trolley | SmartGroup]] = {
    ScopeKind.COURSE: Course,
    ScopeKind.TROLLEY: Trolley,
    ScopeKind.GROUP: SmartGroup,
}


@dataclass(frozen=True, slots=True)
class UnknownTo:
    """A key that this iPad's system does not obey. part: the type of its payload."""

    part: str
    hint: KeyHint


@dataclass(frozen=True, slots=True)
class DeviceStory:
    """Everything that is wished for one iPad, as it stands at an instant.

    wished_since: since when it is to have exactly this; None before its first plan.
    outcome: how it stands as a whole, by a plan made now. judged_at: since when the judgement
        that reports count is written down; None before the first one.
    unknown: by the subject of a wish, the keys that this iPad does not obey.
    names: of courses, trolleys and groups, whose scopes are called by numbers.
    origins: who decided each wish, and each rival that it has beaten.
    """

    at: datetime
    wished_since: datetime | None
    judged_at: datetime | None
    outcome: Outcome
    explained: Explained
    unknown: Mapping[str, tuple[UnknownTo, ...]]
    names: Mapping[Scope, str]
    origins: Mapping[Wish, Origin]


def story(tx: Tx, enrollment_id: int, at: datetime, pace: Pace) -> DeviceStory:
    """Explain the device of an enrollment; who may see it is the door's question.

    raises: NotFound; PolicyError for rules that cannot be read.
    """
    known = facts.load(tx, enrollment_id, at)
    planned, desired = plan_for(known, at, pace), known.desired(at)
    told_at = _told_at(tx, enrollment_id)
    explained = explain(desired, planned, known.reported, known.commands, known.device, told_at)
    wishes = [one.wish for one in explained.explanations]
    wished_since = tx.scalar(
        select(DesiredSpan.since).where(
            DesiredSpan.enrollment_id == enrollment_id, DesiredSpan.until.is_(None)
        )
    )
    judged_at = tx.scalar(
        select(EnrollmentOutcome.judged_at).where(EnrollmentOutcome.enrollment_id == enrollment_id)
    )
    traits = traits_of(tx.get_one(Device, known.device_id))
    unknown = _unknown(tx, traits, known.device.profile_prefix, wishes)
    everything = frozenset(_wishes_told(explained))
    names = _names(tx, {wish.reason.scope for wish in everything})
    origins = origins_of(tx, known, everything, at)
    outcome = outcome_of(planned)
    return DeviceStory(at, wished_since, judged_at, outcome, explained, unknown, names, origins)


def _wishes_told(explained: Explained) -> Iterator[Wish]:
    """Wishes and the rivals they have beaten."""
    for one in explained.explanations:
        yield one.wish
        for conflict in (*one.overrides, *one.disputed):
            yield from (conflict.winner, conflict.loser)


def _names(tx: Tx, scopes: Iterable[Scope]) -> dict[Scope, str]:
    found: dict[Scope, str] = {}
    for scope in scopes:
        table = _NUMBERED.get(scope.kind)
        if table is not None:
            number = int(scope.name.rpartition("/")[2])
            found[scope] = tx.scalar(select(table.name).where(table.id == number)) or scope.name
    return found


def _told_at(tx: Tx, enrollment_id: int) -> dict[str, datetime]:
    query = select(DeclarationState.identifier, DeclarationState.observed_at).where(
        DeclarationState.enrollment_id == enrollment_id
    )
    return dict(tx.execute(query).all())


def _unknown(
    tx: Tx, traits: DeviceTraits, prefix: str, wishes: Iterable[Wish]
) -> dict[str, tuple[UnknownTo, ...]]:
    profiles = [wish for wish in wishes if isinstance(wish, WantedProfile)]
    payloads = payloads_of(tx, (ProfileSetting(p.profile_id, p.version) for p in profiles))
    found = {
        wish.identifier: [
            UnknownTo(part, hint)
            for part, hint in unknown_in(payloads.get((wish.profile_id, wish.version), ()), traits)
        ]
        for wish in profiles
    }
    for wish in wishes:
        if isinstance(wish, WantedDeclaration):
            found[wish.identifier] = list(_of_declaration(wish, traits, prefix))
    return {subject: tuple(keys) for subject, keys in found.items() if keys}


def _of_declaration(
    wish: WantedDeclaration, traits: DeviceTraits, prefix: str
) -> Iterator[UnknownTo]:
    part, payload = wish.declaration_type, read_object(wish.content, "Payload")
    stands_in = stand_in(wish, prefix) is not None
    hints = unknown_in_declaration(part, payload, traits, stands_in=stands_in)
    yield from (UnknownTo(part, hint) for hint in hints)
