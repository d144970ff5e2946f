"""Asking a device anew because a person wishes it: the questions of a plan, at once.

Not here: when a plan asks by itself (policies.inquiries).
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.base.identifiers import new_uuid
from mdm.base.vault import Vault
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Subject
from mdm.rooms.commands import service as commands
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.facts.service import load
from mdm.rooms.outbox import service as outbox
from mdm.rooms.reconciler.orders import order_for
from policies.actions import Inquire, QueryKind
from policies.delivery import DELIVERABLE
from policies.plan import Step
from policies.scope import Scope, ScopeKind
from policies.wishes import Reason, ReasonKey

ASKED = "asked by a person"
_SOON = 20


def ask_anew(tx: Tx, vault: Vault, viewer: Viewer, enrollment_id: int, now: datetime) -> None:
    """Ask a device for everything a plan may ask; what is already on its way is not doubled.

    raises: NotFound (no such enrollment, or out of sight), Forbidden.
    """
    enrollment = tx.get(Enrollment, enrollment_id)
    if enrollment is None or enrollment.ended_at is not None or enrollment.held_reason is not None:
        raise NotFound("enrollment", str(enrollment_id))
    device = tx.get_one(Device, enrollment.device_id)
    require(viewer, Act.RESTART, device.school_id)
    facts = load(tx, enrollment_id, now)
    _make_way(tx, enrollment_id, now)
    reason = Reason(ReasonKey.STALE_INVENTORY, Scope(ScopeKind.DEVICE, facts.device.key), now)
    for query in QueryKind:
        order = order_for(Step(Inquire(query), reason), facts)
        asked = replace(order, ordered_by=viewer.actor, reason=ASKED, priority=_SOON)
        commands.enqueue(tx, vault, asked, new_uuid(), now)
    if enrollment.push_token is not None:
        outbox.put(tx, outbox.PUSH, str(enrollment_id), now)
    subject = Subject.of("device", device.id)
    audit.record(tx, viewer.actor, "device.ask", subject, now, school_id=device.school_id)


def _make_way(tx: Tx, enrollment_id: int, now: datetime) -> None:
    """Questions that wait for later would stand in the way of the same ones now."""
    later = tx.scalars(
        select(Command).where(
            Command.enrollment_id == enrollment_id,
            Command.state.in_(DELIVERABLE),
            Command.not_before > now,
            Command.action_key.in_([str(Inquire(query).key) for query in QueryKind]),
        )
    )
    for row in later:
        commands.cancel(row, "superseded", now)
    tx.flush()
