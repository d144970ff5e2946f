"""What the journal keeps of orders: one entry for each school, so that everybody finds his own."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from mdm.base.db import Tx
from mdm.rooms.access.service import Viewer
from mdm.rooms.actions.models import Action
from mdm.rooms.actions.targets import Candidate
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Subject
from policies.actions import RemoteKind
from policies.verdict import Refused


def act(
    tx: Tx, viewer: Viewer, what: str, action: Action, found: Sequence[Candidate], now: datetime
) -> None:
    """Write down what a person did with an order."""
    for school_id, here in _by_school(found):
        details = {
            "kind": action.kind.value,
            "needs_second": action.needs_second,
            "devices": [one.device.id for one in here if one.refusal is None],
            "refused": {str(number): word(why) for number, why in refused(here)},
        }
        subject = Subject.of("action", action.id)
        audit.record(
            tx,
            viewer.actor,
            what,
            subject,
            now,
            school_id=school_id,
            reason=action.reason,
            details=details,
        )


def refusal(
    tx: Tx,
    viewer: Viewer,
    kind: RemoteKind,
    found: Sequence[Candidate],
    why: Refused,
    reason: str,
    now: datetime,
) -> None:
    """Write down an order that was refused as a whole."""
    for school_id, here in _by_school(found):
        devices = [one.device.id for one in here]
        audit.record(
            tx,
            viewer.actor,
            "action.refused",
            Subject.of("remote_kind", kind.value),
            now,
            school_id=school_id,
            reason=reason,
            details={"kind": kind.value, "devices": devices, "refused": word(why)},
        )


def refused(found: Iterable[Candidate]) -> tuple[tuple[int, Refused], ...]:
    """The devices that cannot, and why."""
    return tuple((one.device.id, one.refusal) for one in found if one.refusal is not None)


def word(why: Refused | None) -> str | None:
    """A refusal as one constant word; None for none."""
    return str(why.values.get("why", why.kind.value)) if why is not None else None


def _by_school(found: Sequence[Candidate]) -> list[tuple[int | None, list[Candidate]]]:
    schools = dict.fromkeys(one.device.school_id for one in found)
    return [(number, [c for c in found if c.device.school_id == number]) for number in schools]
