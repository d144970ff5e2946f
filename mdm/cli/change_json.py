"""A change plan as a document for programs, with every touched iPad by its serial number.

Not here: the words (change_words.py), deciding about plans (changes.py).
"""

from collections.abc import Mapping
from typing import Any

from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.cli import change_words as words
from mdm.rooms.access.service import Viewer
from mdm.rooms.changes import queries, sight
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.naming import Names, named_operations, names_of
from mdm.rooms.changes.obeying import unobeyed
from mdm.rooms.changes.planned import planned_rings
from mdm.rooms.changes.stored import gate_of, rings_of
from policies.change_plan import EffectGroup
from policies.ring_text import write_rings


def document(tx: Tx, vault: Vault, viewer: Viewer, plan: ChangePlan) -> dict[str, Any]:
    """Everything about a plan.

    effects: one for each group of iPads to which the same happens; `does` in English words.
    devices: all that it touches; those out of the viewer's sight are counted, and nothing more.
    rings: with their counts once it is approved, and as planned before.
    """
    preview = sight.shown_preview(tx, viewer, plan)
    operations = named_operations(tx, viewer, sight.shown_operations(tx, vault, viewer, plan))
    scopes = [scope for ring in rings_of(plan) for scope in ring.scopes]
    names = names_of(tx, preview, scopes)
    serials = queries.serials(tx, viewer, preview.devices)
    undoing = queries.undone_by(tx, plan)
    return {
        **summary(plan),
        "devices_out_of_sight": plan.device_count - preview.device_count,
        "reason": plan.reason,
        "operations": [words.operation_text(one) for one in operations],
        "effects": [_effect(tx, vault, group, names, serials) for group in preview.groups],
        "irreversible": [
            {
                "kind": lost.loss.kind.value,
                "subject": lost.loss.subject,
                "devices": lost.devices,
                "words": words.loss_text(lost),
            }
            for lost in preview.losses
        ],
        "conflicting_devices": preview.conflict_count,
        "has_way_back": queries.has_way_back(plan),
        "undone_by": undoing.id if undoing is not None else None,
        "ring_order": write_rings(rings_of(plan)),
        "rings": _rings(tx, plan, names),
        "gate": plan.gate,
        "gate_words": words.gate_text(gate_of(plan)),
    }


def summary(plan: ChangePlan) -> dict[str, Any]:
    """What a list says of a plan."""
    return {
        "id": plan.id,
        "title": plan.title,
        "state": plan.state.value,
        "devices": plan.device_count,
        "fingerprint": plan.fingerprint,
        "stopped_because": plan.stopped_because,
        "undoes": plan.undoes_id,
        "created_by": plan.created_by,
        "created_at": plan.created_at,
        "approved_by": plan.approved_by,
        "approved_at": plan.approved_at,
        "finished_at": plan.finished_at,
    }


def _effect(
    tx: Tx, vault: Vault, group: EffectGroup, names: Names, serials: Mapping[int, str]
) -> dict[str, Any]:
    effect = group.effect
    ignored = unobeyed(tx, vault, effect, group.devices)
    return {
        "digest": group.digest,
        "devices": len(group.devices),
        "does": list(words.effect_lines(effect, names)),
        "conflicts": [words.conflict_text(one, names) for one in effect.conflicts],
        "settles": [words.conflict_text(one, names) for one in effect.settled],
        "warnings": words.warnings(effect),
        "not_obeyed": [words.unobeyed_text(one) for one in ignored],
        "serials": sorted(serials[number] for number in group.devices if number in serials),
    }


def _rings(tx: Tx, plan: ChangePlan, names: Names) -> list[Mapping[str, Any]]:
    if plan.state in (ChangeState.DRAFTED, ChangeState.DISCARDED):
        return [
            {"name": words.ring_text(ring.spec, names), "devices": ring.devices}
            for ring in planned_rings(tx, plan)
        ]
    return [
        {
            "name": ring.name,
            "devices": ring.devices,
            "released_at": ring.released_at,
            "proven": ring.proven,
            "failed": ring.failed,
            "waiting": ring.waiting,
            "set_aside": ring.set_aside,
        }
        for ring in queries.rings(tx, plan)
    ]
