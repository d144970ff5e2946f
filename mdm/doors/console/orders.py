"""The console's one way to the actions room: place an order, and put its answer into words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mdm.base.db import Tx
from mdm.base.tools import Tools
from mdm.doors.console.phrases import refusal_text
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Viewer
from mdm.rooms.actions import service as actions
from policies.actions import RemoteKind


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of an order.

    refusals: sentences for people; empty when it was taken. is_waiting: taken, but a second
    person must agree before anything leaves.
    """

    refusals: tuple[Text, ...] = ()
    is_waiting: bool = False


def order(
    tx: Tx,
    tools: Tools,
    viewer: Viewer,
    kind: RemoteKind,
    device_id: int,
    parameters: Mapping[str, str],
    reason: str,
    now: datetime,
) -> Placed:
    """Order something for one device. raises: NotFound, Forbidden, InvalidInput."""
    outcome = actions.order(
        tx, viewer, kind, [device_id], parameters, reason, now, tools.settings, tools.vault
    )
    if outcome.needs_second:
        return Placed(is_waiting=True)
    refusals = [refused for _, refused in outcome.refused]
    if not refusals and outcome.refusal is not None:
        refusals = [outcome.refusal]
    return Placed(tuple(refusal_text(refused) for refused in refusals))
