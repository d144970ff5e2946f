"""The console's one way to the actions room: place an order, and put its answer into words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mdm.base.db import Tx
from mdm.base.errors import Conflict
from mdm.base.tools import Tools
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Viewer
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
    """Order something for one device."""
    raise Conflict("the actions room is not open yet")


def refresh_inventory(tx: Tx, tools: Tools, viewer: Viewer, device_id: int, now: datetime) -> None:
    """Ask a device for everything it can tell about itself."""
    raise Conflict("the actions room is not open yet")
