"""Putting the page of a change plan together: groups of iPads, rings, what may be decided.

Not here: the words (change_words.py), the pages (change_pages.py, change_decisions.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mdm.base.db import Tx
from mdm.doors.console import change_words as told
from mdm.doors.console import wish_words
from mdm.doors.console.blueprint import tools, viewer
from mdm.doors.console.paging import Page, wanted_page
from mdm.doors.console.people import names as people_names
from mdm.doors.console.words import Text
from mdm.rooms.changes import queries, sight
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.naming import Names, named_operations, names_of
from mdm.rooms.changes.obeying import unobeyed
from mdm.rooms.changes.planned import is_at_once, planned_rings
from mdm.rooms.changes.queries import PlaceCount, RingRow, TouchedDevice
from mdm.rooms.changes.stored import gate_of, preview_of, rings_of
from policies.change_plan import EffectGroup
from policies.scope import Scope, ScopeKind

_GROUPS_SHOWN = 20
_PLACES_SHOWN = 8
_DEVICES_SHOWN = 12
_UNDECIDED = (ChangeState.DRAFTED, ChangeState.DISCARDED)


@dataclass(frozen=True, slots=True)
class GroupView:
    """iPads to which the same happens.

    lines: a sign and a text for each thing. more_places: classes that are not among `places`.
    """

    digest: str
    count: int
    summary: str
    lines: Sequence[tuple[str, str]]
    kept: Sequence[str]
    conflicts: Sequence[str]
    settled: Sequence[str]
    warnings: Sequence[Text]
    unobeyed: Sequence[str]
    places: Sequence[PlaceCount]
    more_places: int
    devices: Sequence[TouchedDevice]


@dataclass(frozen=True, slots=True)
class RingView:
    """A ring in words. row: None before the plan is approved."""

    text: str
    devices: int
    row: RingRow | None = None


def plan_values(tx: Tx, plan: ChangePlan) -> dict[str, Any]:
    """Everything that the page of a plan shows."""
    preview, scopes = sight.shown_preview(tx, viewer(), plan), ring_scopes(plan)
    operations = sight.shown_operations(tx, tools().vault, viewer(), plan)
    named = named_operations(tx, viewer(), operations)
    names = names_of(tx, preview, scopes)
    page = Page(wanted_page(), len(preview.groups), _GROUPS_SHOWN)
    return {
        **live_values(tx, plan),
        "operations": [told.operation_text(one) for one in named],
        "touched": preview.device_count,
        "out_of_sight": plan.device_count - preview.device_count,
        "groups": [_group(tx, plan, group, names) for group in page.of(preview.groups)],
        "page": page,
        "losses": [told.loss_text(lost, names) for lost in preview.losses],
        "conflicting": preview.conflict_count,
        "gate": gate_of(plan),
        "at_once": is_at_once(plan),
        "has_way_back": queries.has_way_back(plan),
        "undoes": _in_sight(tx, _other(tx, plan.undoes_id)),
        "may_manage": sight.may_decide(viewer(), plan),
    }


def live_values(tx: Tx, plan: ChangePlan) -> dict[str, Any]:
    """What changes while a plan is under way."""
    actors = {actor for actor in (plan.created_by, plan.approved_by) if actor is not None}
    undoing = queries.undone_by(tx, plan)
    return {
        "plan": plan,
        "rings": rings(tx, plan),
        "people": people_names(tx, actors),
        "undoing": _in_sight(tx, undoing),
        "is_undone": undoing is not None,
        "stopped_text": told.stopped_text(plan.stopped_because),
        "is_draft": plan.state is ChangeState.DRAFTED,
    }


def group_values(tx: Tx, plan: ChangePlan, group: EffectGroup) -> GroupView:
    """One group by itself, without its iPads."""
    return _group(tx, plan, group, names_of(tx, preview_of(plan)))


def rings(tx: Tx, plan: ChangePlan) -> list[RingView]:
    """The rings of a plan: as they would be for a draft, as they go for the others."""
    if plan.state in _UNDECIDED:
        scopes = ring_scopes(plan)
        names = names_of(tx, preview_of(plan), scopes) if scopes else Names()
        return [
            RingView(wish_words.ring_text(ring.spec, names), ring.devices)
            for ring in planned_rings(tx, plan)
        ]
    return [RingView(_ring_name(row.name), row.devices, row) for row in queries.rings(tx, plan)]


def ring_scopes(plan: ChangePlan) -> list[Scope]:
    """The scopes that the rings of a plan name."""
    return [scope for ring in rings_of(plan) for scope in ring.scopes]


def _ring_name(stored: str) -> str:
    """A stored ring in words: `training`, `all`, or scopes such as `class 12/9a`."""
    parts = [part.partition(" ") for part in stored.split(", ")]
    if stored in ("training", "all") or any(kind not in set(ScopeKind) for kind, _, _ in parts):
        known = {"training": wish_words.TRAINING, "all": wish_words.ALL_OTHERS}
        return str(known.get(stored, stored))
    return ", ".join(
        wish_words.place_text(Scope(ScopeKind(k), name), Names()) for k, _, name in parts
    )


def _group(tx: Tx, plan: ChangePlan, group: EffectGroup, names: Names) -> GroupView:
    effect, where = group.effect, queries.places(tx, group.devices)
    ignored = unobeyed(tx, tools().vault, effect, group.devices)
    return GroupView(
        digest=group.digest,
        count=len(group.devices),
        summary=told.summary(effect, names),
        lines=told.effect_lines(effect, names),
        kept=list(told.kept(effect, names)),
        conflicts=[told.conflict_text(one, names) for one in effect.conflicts],
        settled=[told.conflict_text(one, names) for one in effect.settled],
        warnings=told.warnings(effect),
        unobeyed=[told.unobeyed_text(one, names) for one in ignored],
        places=where[:_PLACES_SHOWN],
        more_places=max(0, len(where) - _PLACES_SHOWN),
        devices=queries.devices(tx, viewer(), plan, group.devices[:_DEVICES_SHOWN]),
    )


def _other(tx: Tx, plan_id: int | None) -> ChangePlan | None:
    return tx.get(ChangePlan, plan_id) if plan_id is not None else None


def _in_sight(tx: Tx, plan: ChangePlan | None) -> ChangePlan | None:
    """Another plan, unless it touches nothing of somebody's, so that its page would be none."""
    return plan if plan is not None and sight.is_in_sight(tx, viewer(), plan) else None
