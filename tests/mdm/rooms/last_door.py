"""What the tests of the last door share: an iPad in front of it, and rows in its queue."""

import plistlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.commands import delivery
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.service import Order, enqueue
from mdm.rooms.devices.models import Enrollment
from policies.actions import ActionKey, ActionKind, RemoteAction, RemoteKind
from profiles import cms
from profiles.commands.command import Command as CommandValue
from profiles.commands.wire import read_command
from profiles.configuration_profile import ConfigurationProfile, read_profile
from tests.factories.authority import signer
from tests.factories.commands import a_command

SETTINGS = Settings(public_url="https://mdm.beispielstadt.example", erase_quota_person=2)
ACTOR = Actor.system_user("tests")
MINUTE = timedelta(minutes=1)


@dataclass
class LastDoor:
    """The last door of one enrollment, with its database."""

    database: Database
    vault: Vault
    enrollment: Enrollment
    now: datetime

    def ask(
        self, *, after_not_now: bool = False, answered: str | None = None, later: int = 0
    ) -> bytes | None:
        """The body that leaves. later: minutes after `now`."""
        with self.database.transaction() as tx:
            return self.ask_in(tx, after_not_now=after_not_now, answered=answered, later=later)

    def ask_in(
        self, tx: Tx, *, after_not_now: bool = False, answered: str | None = None, later: int = 0
    ) -> bytes | None:
        """The same in a transaction that is not over yet."""
        at = self.now + later * MINUTE
        number = self.enrollment.id
        return delivery.next_body(tx, self.vault, SETTINGS, number, at, after_not_now, answered)

    def uuid(self, **asked: Any) -> str | None:
        """The CommandUUID of what leaves."""
        body = self.ask(**asked)
        return None if body is None else read_command(body)[0]

    def row(self, uuid: str) -> Command:
        """A command as it stands now."""
        with self.database.reading() as tx:
            return tx.scalars(select(Command).where(Command.uuid == uuid)).one()


def a_guarded(
    tx: Tx,
    enrollment: Enrollment,
    now: datetime,
    request_type: str = "EraseDevice",
    kind: RemoteKind = RemoteKind.ERASE,
    **columns: Any,
) -> Command:
    """A guarded command as an order queues it, with everything in order."""
    values: dict[str, Any] = {
        "priority": 10,
        "is_guarded": True,
        "action_key": str(RemoteAction(kind, "1").key),
        "reason": "broken glass",
        "ordered_by": "person:1",
        "approved_by": "person:1",
        "approved_until": now + timedelta(days=1),
        "approved_generation": enrollment.generation,
    }
    row = a_command(tx, enrollment, request_type, now=now, **(values | columns))
    command = {"CommandUUID": row.uuid, "Command": {"RequestType": request_type}}
    row.body = plistlib.dumps(command)
    return row


def an_installation(
    tx: Tx, vault: Vault, enrollment: Enrollment, saved: Saved, now: datetime
) -> Command:
    """An InstallProfile as a plan queues it: without bytes."""
    key = ActionKey(ActionKind.INSTALL_PROFILE, saved.profile.identifier, saved.version.uuid)
    order = Order(
        enrollment_id=enrollment.id,
        command=CommandValue("InstallProfile"),
        key=key,
        reason="assigned",
        ordered_by=Actor.job("reconcile"),
        profile_version_id=saved.version.id,
    )
    return enqueue(tx, vault, order, f"INSTALL-{saved.version.id}", now)


def profile_in(body: bytes | None) -> ConfigurationProfile:
    """The profile of an InstallProfile, which our signer must have signed."""
    assert body is not None
    payload = read_command(body)[1].parameters["Payload"]
    assert isinstance(payload, bytes)
    signed_by = cms.read_signed(payload).signer.certificate_der
    assert signed_by == signer().certificate.public_bytes(Encoding.DER)
    return read_profile(payload)
