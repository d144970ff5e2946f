"""An iPad with two WLANs, the new one in its wished version; another version of it was sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.commands.models import Command
from mdm.rooms.devices import service as devices
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.devices.reports import REPORT
from mdm.rooms.reconciler import service as reconciler
from policies.actions import ActionKey, ActionKind, QueryKind
from policies.delivery import DeliveryState
from tests.factories.commands import a_command
from tests.factories.devices import a_reported_item, an_ipad
from tests.factories.schools import a_school
from tests.mdm.rooms.wishes import a_profile, assign

NEW, OLD = "org.klassensatz.profile.wifi", "org.klassensatz.profile.old"
OTHER_VERSION = str(ActionKey(ActionKind.INSTALL_PROFILE, NEW, "other"))


def with_both_networks(tx: Tx, now: datetime) -> Enrollment:
    school = a_school(tx)
    profile, version = a_profile(tx)
    assign(tx, school, profile)
    ipad = an_ipad(tx, school, os_version="15.8")  # too old for declarations
    ipad.due_generation = 1
    for query in QueryKind:
        a_reported_item(tx, ipad, REPORT, query, {"complete": True}, now)
    for identifier, uuid in ((NEW, version.uuid), (OLD, "old")):
        value = {"uuid": uuid, "payload_types": ["com.apple.wifi.managed"]}
        a_reported_item(tx, ipad, "profile", identifier, value, now)
    return ipad


def other_version(tx: Tx, ipad: Enrollment, state: DeliveryState, **columns: Any) -> Command:
    return a_command(tx, ipad, "InstallProfile", state, action_key=OTHER_VERSION, **columns)


def plan(database: Database, vault: Vault, now: datetime) -> None:
    with database.transaction() as tx:
        for enrollment_id in tx.scalars(select(Enrollment.id)).all():
            devices.mark_due(tx, enrollment_id)
    with database.transaction() as tx:
        reconciler.reconcile_next(tx, vault, Settings(), now, 10)


def state_of_the_other(database: Database) -> DeliveryState | None:
    with database.reading() as tx:
        found = select(Command.state).where(Command.action_key == OTHER_VERSION)
        return tx.scalar(found.order_by(Command.id.desc()).limit(1))


def waiting(database: Database) -> list[str]:
    with database.reading() as tx:
        found = select(Command.request_type).where(Command.state == DeliveryState.QUEUED)
        return sorted(tx.scalars(found))
