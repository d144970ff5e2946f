"""Arranging a draft: in which rings it goes, and what must be true between them.

Writes rings and gate of a draft only; what it does and whom it touches stays as it was shown. Its
fingerprint is another one, for whoever approves has to have seen the order, too. Not here:
dividing iPads into rings (policies.rings).
"""

from datetime import datetime

from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput
from mdm.rooms.access.service import Viewer
from mdm.rooms.changes import journal
from mdm.rooms.changes.binding import fingerprint_of
from mdm.rooms.changes.concerned import require_plan
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.service import locked
from mdm.rooms.changes.stored import preview_of, written
from policies.rings import Gate, RingSpec

MOST_RINGS = 10


def arrange(
    tx: Tx,
    viewer: Viewer,
    plan_id: int,
    rings: tuple[RingSpec, ...],
    gate: Gate,
    now: datetime,
) -> ChangePlan:
    """Give a draft other rings and another gate.

    rings: who is in none of them comes last, so empty means everybody at once.
    raises: NotFound, Forbidden, Conflict (no draft any more), InvalidInput (more than ten).
    """
    plan = locked(tx, plan_id)
    require_plan(viewer, plan)
    if plan.state is not ChangeState.DRAFTED:
        raise Conflict("somebody has already decided about this change")
    if len(rings) > MOST_RINGS:
        raise InvalidInput("rings", f"are more than {MOST_RINGS}", "Put some of them together.")
    plan.rings, plan.gate = written(rings), written(gate)
    plan.fingerprint = fingerprint_of(tx, plan, preview_of(plan).fingerprint)
    journal.act(tx, plan, "change.arrange", viewer.actor, now, rings=plan.rings, gate=plan.gate)
    return plan
