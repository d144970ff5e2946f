"""Rows in bulk: a town of enrolled devices, their certificates, commands and history.

Written straight into the tables, because no room enrols a hundred thousand devices in a
second. Numbers of rows are given, so that one table can point at another without asking.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import insert, update

from enrollment.standing import CertificatePurpose, EnrollmentState
from mdm.base.db import Base, Tx
from mdm.cli.bench.fleet import COMMANDS_EACH, BenchDevice, command_uuid, udid_of
from mdm.cli.bench.requests import command_body
from mdm.rooms.commands.models import Command, entering
from mdm.rooms.devices.models import Device, Enrollment, IdentityCertificate
from policies.delivery import DeliveryState
from profiles import cms

_CHUNK = 2000
_FINISHED = "bench: finished long ago"


@dataclass(frozen=True, slots=True)
class Town:
    """What one database holds.

    enrollments: how many, of which `devices` take part, spread evenly among them.
    history: number of a device → how many finished commands it has behind it.
    """

    enrollments: int
    devices: Sequence[BenchDevice]
    history: dict[int, int]

    def row_of(self, device: BenchDevice) -> int:
        """The number of a device's rows: taking part, they lie far apart in a large town."""
        return device.number * (self.enrollments // len(self.devices))


def seed(tx: Tx, town: Town, authority_id: int, now: datetime) -> None:
    """Write a whole town into an empty database."""
    taking_part = {town.row_of(device): device for device in town.devices}
    numbers = range(1, town.enrollments + 1)
    udids = {row: device.udid for row, device in taking_part.items()}
    names = [(row, udids.get(row) or udid_of(-row)) for row in numbers]
    _fill(tx, Device, (_device(row, udid, now) for row, udid in names))
    _fill(tx, Enrollment, (_enrollment(row, udid, now) for row, udid in names))
    _fill(
        tx,
        IdentityCertificate,
        (_certificate(row, taking_part.get(row), authority_id, now) for row in numbers),
    )
    _fill(tx, Command, _history(town, now))
    _fill(tx, Command, (_waiting(row, taking_part.get(row), now) for row in numbers))
    for place in range(1, COMMANDS_EACH):
        rows = ((row, device.command_uuids[place]) for row, device in taking_part.items())
        _fill(tx, Command, (_command(row, uuid, now) for row, uuid in rows))


def put_back(tx: Tx) -> None:
    """Put every command of the replay back into its queue, as if it had never left."""
    fresh = {
        **entering(DeliveryState.QUEUED),
        "offers": 0,
        "reached_at": None,
        "answered_at": None,
        "answer_status": None,
        "proven_at": None,
    }
    touched = (Command.state != DeliveryState.QUEUED, Command.reason != _FINISHED)
    tx.execute(update(Command).where(*touched).values(fresh))


def _fill(tx: Tx, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        tx.execute(insert(table.__table__), chunk)  # type: ignore[arg-type]


def _device(row: int, udid: str, now: datetime) -> dict[str, Any]:
    return {
        "id": row,
        "serial": f"BENCH{row:07d}",
        "udid": udid,
        "name": f"iPad {row}",
        "product_name": "iPad13,18",
        "os_version": "26.1",
        "is_supervised": True,
        "created_at": now,
    }


def _enrollment(row: int, udid: str, now: datetime) -> dict[str, Any]:
    return {
        "id": row,
        "device_id": row,
        "key": udid,
        "claimed_serial": f"BENCH{row:07d}",
        "state": EnrollmentState.ENROLLED,
        "topic": "com.apple.mgmt.External.bench",
        "push_token": hashlib.sha256(udid.encode()).digest(),
        "push_magic": udid,
        "token_updated_at": now,
        "authenticated_at": now,
        "enrolled_at": now,
        "last_seen_at": now,
    }


def _certificate(
    row: int, device: BenchDevice | None, authority_id: int, now: datetime
) -> dict[str, Any]:
    """The certificate of a row; who does not take part has none that anybody could show."""
    der = device.certificate.public_bytes(Encoding.DER) if device else b"%d" % row
    return {
        "id": row,
        "fingerprint": cms.fingerprint(der) if device else hashlib.sha256(der).digest(),
        "authority_id": authority_id,
        "purpose": CertificatePurpose.ENROLL,
        "enrollment_id": row,
        "public_key_digest": hashlib.sha256(b"key" + der).digest(),
        "der": der,
        "not_before": now - timedelta(days=1),
        "not_after": now + timedelta(days=730),
        "issued_at": now,
        "pinned_at": now,
    }


def _history(town: Town, now: datetime) -> Iterator[dict[str, Any]]:
    for device in town.devices:
        for place in range(town.history.get(device.number, 0)):
            uuid = command_uuid(-device.number, place)
            past = now - timedelta(days=1)
            yield _command(town.row_of(device), uuid, past) | {
                "state": DeliveryState.PROVEN,
                "reason": _FINISHED,
                "reached_at": past,
                "answered_at": past,
                "proven_at": past,
                "answer_status": "Acknowledged",
                "offers": 1,
            }


def _waiting(row: int, device: BenchDevice | None, now: datetime) -> dict[str, Any]:
    """Everybody has one command waiting, also who does not take part."""
    return _command(row, device.command_uuids[0] if device else command_uuid(-row, -1), now)


def _command(row: int, uuid: str, now: datetime) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "enrollment_id": row,
        "request_type": "InstallProfile",
        "state": DeliveryState.QUEUED,
        "acknowledged_state": DeliveryState.ACCEPTED,
        # As long as a plan's own keys; they stand in an index that every step changes.
        "action_key": f"install_profile:{uuid}",
        "parameters": {},
        "body": command_body(uuid),
        "ordered_by": "job:bench",
        "reason": "bench",
        "expires_at": now + timedelta(days=30),
        "created_at": now,
    }
