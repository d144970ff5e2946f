"""Answers as devices give them and as the device door keeps them, for tests of the rooms."""

import zlib
from datetime import datetime
from typing import Any

from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.rooms.commands.models import Command, CommandResult
from mdm.rooms.devices.models import Enrollment
from policies.delivery import DeliveryState
from profiles import plist
from tests.factories.commands import a_command


def keep_answer(
    tx: Tx,
    vault: Vault,
    command: Command,
    content: dict[str, Any],
    at: datetime,
    status: str = "Acknowledged",
) -> CommandResult:
    """Put an answer where the device door would, and the command into the state it gives."""
    command.answer_status = status
    command.answered_at = at
    failed = status != "Acknowledged"
    command.state = DeliveryState.FAILED if failed else command.acknowledged_state
    body = plist.write({"Status": status, "CommandUUID": command.uuid, "UDID": "UDID-1", **content})
    row = CommandResult(
        enrollment_id=command.enrollment_id,
        command_uuid=command.uuid,
        status=status,
        received_at=at,
        sealed=vault.seal(zlib.compress(body), f"command_result:{command.uuid}"),
    )
    tx.add(row)
    tx.flush()
    return row


def ask(tx: Tx, enrollment: Enrollment, request_type: str, **columns: Any) -> Command:
    """A question that has reached the device; its answer is its proof."""
    values: dict[str, Any] = {
        "state": DeliveryState.REACHED,
        "acknowledged_state": DeliveryState.PROVEN,
    }
    return a_command(tx, enrollment, request_type, **(values | columns))


def a_listed_profile(identifier: str, uuid: str, *types: str, name: str = "WLAN") -> dict[str, Any]:
    """A member of ProfileList."""
    payloads = [{"PayloadType": t, "PayloadIdentifier": f"{identifier}.{t}"} for t in types]
    return {
        "PayloadIdentifier": identifier,
        "PayloadUUID": uuid,
        "PayloadVersion": 1,
        "PayloadDisplayName": name,
        "PayloadContent": payloads,
    }
