"""The last door: judge a command where its bytes would leave, and put it together.

Here: commands that the fast path may not hand out by itself, because they destroy something,
hold a secret, or differ from device to device. One bad row fails alone and gives way to the
next. Not here: the queue's order (fast_path.py), the judgement (policies.guards).
"""

import logging
import plistlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from mdm.base.db import Tx
from mdm.base.errors import HouseError
from mdm.base.identifiers import new_reference
from mdm.base.logkeys import COMMAND_UUID, KIND, REFERENCE
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.authority import service as authority
from mdm.rooms.blueprints.models import Profile, ProfileVersion
from mdm.rooms.commands import guarding
from mdm.rooms.commands.fast_path import head_of_queue
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.service import settle
from mdm.rooms.devices import tokens
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.links import service as links
from mdm.rooms.links.profile import enrollment_profile
from mdm.rooms.schools.models import ClassGroup, School
from policies.actions import ActionKey, ActionKind
from policies.delivery import DeliveryState
from policies.verdict import Allowed
from profiles import cms
from profiles.commands.command import Command as CommandValue
from profiles.commands.wire import to_bytes
from profiles.configuration_profile import ConfigurationProfile, read_profile
from profiles.configuration_profile import to_bytes as profile_bytes
from profiles.variables import DeviceVariables, fill

log = logging.getLogger(__name__)

# Rows looked at for one answer; the rest wait for the next connection.
_MOST_ROWS = 20


class CannotDeliver(HouseError):
    """A command cannot be put together for this device. kind: a constant word."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and when a command is about to leave."""

    tx: Tx
    vault: Vault
    settings: Settings
    enrollment: Enrollment
    device: Device
    now: datetime


def next_body(
    tx: Tx,
    vault: Vault,
    settings: Settings,
    enrollment_id: int,
    now: datetime,
    after_not_now: bool,
    answered_uuid: str | None,
) -> bytes | None:
    """The bytes of the next command that may leave; None when there is none.

    after_not_now: leave out what was refused so far. answered_uuid: the command just answered.
    """
    enrollment = tx.get_one(Enrollment, enrollment_id)
    place = _Place(tx, vault, settings, enrollment, tx.get_one(Device, enrollment.device_id), now)
    passed: list[int] = []
    for _ in range(_MOST_ROWS):
        row = tx.scalar(
            head_of_queue(enrollment_id, now, after_not_now, answered_uuid or "", passed)
        )
        if row is None:
            return None
        body = _leave(place, row)
        if body is not None:
            return body
        passed.append(row.id)
    return None


def _leave(place: _Place, row: Command) -> bytes | None:
    """Let one command leave; None when it may not, or not now."""
    if row.is_guarded:
        verdict = guarding.judge(place.tx, place.settings, row, place.enrollment, place.now)
        if not isinstance(verdict, Allowed):
            if not verdict.is_held:
                _fail(place, row, verdict.kind.value)
            return None
    body = _put_together(place, row)
    if body is None:
        return None
    row.state = DeliveryState.REACHED
    row.reached_at = place.now
    row.offers += 1
    return body


def _put_together(place: _Place, row: Command) -> bytes | None:
    if row.body is not None:
        return row.body
    try:
        with place.tx.begin_nested():
            return _renderer(row)(place, row)
    except CannotDeliver as error:
        _fail(place, row, error.kind)
    # One row that cannot be put together must not keep the rest of its queue from leaving.
    except Exception:
        reference = new_reference()
        log.exception(
            "command_not_deliverable", extra={REFERENCE: reference, COMMAND_UUID: row.uuid}
        )
        _fail(place, row, f"not deliverable ({reference})")
    return None


def _fail(place: _Place, row: Command, outcome: str) -> None:
    log.warning("command_refused", extra={COMMAND_UUID: row.uuid, KIND: outcome})
    settle(row, DeliveryState.FAILED, outcome, place.now)
    row.answered_at = place.now
    place.enrollment.due_generation += 1


def _renderer(row: Command) -> Callable[[_Place, Command], bytes]:
    key = ActionKey.parse(row.action_key) if row.action_key else None
    if key is not None and key.kind is ActionKind.RENEW_IDENTITY:
        return _renewal
    if row.profile_version_id is not None:
        return _profile
    if row.request_type == "ClearPasscode":
        return _clear_passcode
    return _sealed


def _profile(place: _Place, row: Command) -> bytes:
    """InstallProfile with this device's facts filled in, signed."""
    version = place.tx.get_one(ProfileVersion, row.profile_version_id)
    profile = place.tx.get_one(Profile, version.profile_id)
    context = f"profile_version.content:{profile.identifier}:{version.version}"
    content = read_profile(place.vault.open(version.sealed_content, context))
    return _install(row, _sign(place, profile_bytes(_filled(content, _variables(place)))))


def _renewal(place: _Place, row: Command) -> bytes:
    """The enrolment profile once more, with a challenge of its own for each offer."""
    challenge = links.renewal_challenge(place.tx, place.enrollment, place.now)
    signed = enrollment_profile(place.tx, place.vault, place.settings, challenge)
    return _install(row, signed)


def _clear_passcode(place: _Place, row: Command) -> bytes:
    token = tokens.unlock_token(place.vault, place.enrollment)
    if token is None:
        raise CannotDeliver("no unlock token")
    return to_bytes(CommandValue("ClearPasscode", {"UnlockToken": token}), row.uuid)


def _sealed(place: _Place, row: Command) -> bytes:
    if row.sealed_parameters is None:
        raise CannotDeliver("nothing to deliver")
    plain = place.vault.open(row.sealed_parameters, f"command.parameters:{row.uuid}")
    return to_bytes(CommandValue(row.request_type, plistlib.loads(plain)), row.uuid)


def _install(row: Command, signed: bytes) -> bytes:
    return to_bytes(CommandValue("InstallProfile", {"Payload": signed}), row.uuid)


def _sign(place: _Place, unsigned: bytes) -> bytes:
    signer = authority.signer(place.tx, place.vault)
    return cms.sign_attached(unsigned, signer.certificate, signer.private_key)


def _filled(profile: ConfigurationProfile, variables: DeviceVariables) -> ConfigurationProfile:
    """Put a device's facts into the contents; what identifies the profile stays the same."""
    payloads = tuple(
        replace(payload, content=fill(payload.content, variables)) for payload in profile.payloads
    )
    return replace(profile, payloads=payloads)


def _variables(place: _Place) -> DeviceVariables:
    device = place.device
    school = place.tx.get(School, device.school_id) if device.school_id else None
    group = place.tx.get(ClassGroup, device.class_group_id) if device.class_group_id else None
    return DeviceVariables(
        serial=device.serial,
        udid=device.udid,
        device_name=device.name or None,
        school=school.name if school is not None else None,
        school_number=school.number if school is not None else None,
        class_name=group.name if group is not None else None,
    )
