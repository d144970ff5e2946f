"""The check-in channel: each message takes effect in one transaction, then is answered."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from enrollment.checkin import checkin_from
from enrollment.checkin_answers import (
    bootstrap_token_answer,
    manages_users_of,
    return_to_service_declined,
)
from enrollment.checkin_messages import (
    CheckinMessage,
    DeclarativeManagement,
    GetBootstrapToken,
    GetToken,
    ReturnToService,
    SetBootstrapToken,
    TokenUpdate,
    UserAuthenticate,
)
from enrollment.lifecycle import HoldReason, Transition
from mdm.base.bell import Job
from mdm.base.db import after_commit, until_settled
from mdm.doors.wire import declarations
from mdm.doors.wire.answer import EMPTY, GONE, Answer, plist_answer
from mdm.doors.wire.errors import refuse_certificate
from mdm.rooms.commands import erased
from mdm.rooms.commands import service as commands
from mdm.rooms.devices import service as devices
from mdm.rooms.devices import tokens
from mdm.rooms.links import service as links
from profiles import plist

if TYPE_CHECKING:
    from mdm.base.tools import Tools
    from mdm.doors.wire.door import DeviceDoor

_BAD_REQUEST = Answer(400)


def handle(door: "DeviceDoor", fingerprint: bytes, body: Mapping[str, plist.PlistValue]) -> Answer:
    """Let a check-in message take effect and answer it.

    raises: MalformedCheckin, and whatever the database raises; nothing is half-written then.
    """
    message = checkin_from(body)
    if isinstance(message, DeclarativeManagement):
        return _about_declarations(door, fingerprint, message)
    return until_settled(lambda: _take_effect(door.tools, fingerprint, message))


def _about_declarations(
    door: "DeviceDoor", fingerprint: bytes, message: DeclarativeManagement
) -> Answer:
    """Answer from the channel's declarations; whom the short way does not find is judged first,
    for these may be the first words with a renewed certificate.
    """
    found = declarations.answer(door, fingerprint, message)
    if found is not None:
        return found
    judged = until_settled(lambda: _take_effect(door.tools, fingerprint, message))
    if judged != EMPTY:
        return judged
    return declarations.answer(door, fingerprint, message) or declarations.not_placed(message)


def _take_effect(
    tools: "Tools", fingerprint: bytes, message: CheckinMessage, *, ask_erased: bool = False
) -> Answer:
    """Let it take effect in one transaction.

    ask_erased: whether the device may have agreed to erase itself; asked only about one that
        would be held, since it costs a statement that no other newcomer needs.
    """
    now = tools.clock.now()
    with tools.database.transaction() as tx:
        device_key, serial = message.channel.device_key, devices.serial_in(message)
        found = links.introduction(tx, fingerprint, device_key, serial)
        speaker, invitation = found or (None, None)
        if speaker is not None and _is_declined_user(message):
            return GONE
        if ask_erased:
            erased.expect_if_agreed(tx, device_key)
        applied = devices.apply_checkin(tx, tools.vault, message, speaker, invitation, now)
        if _may_have_been_erased(applied) and not ask_erased:
            tx.rollback()
            return _take_effect(tools, fingerprint, message, ask_erased=True)
        if applied.refused is None:
            commands.close_queues(tx, applied.erased, applied.cancel_queues_of, now)
            if applied.wants_plan:
                after_commit(tx, lambda: tools.bell.ring(Job.RECONCILE))
        answer = _answer(tools, message, applied)
    if applied.refused is not None:
        return refuse_certificate(applied.refused, fingerprint)
    return answer


def _may_have_been_erased(applied: devices.Applied) -> bool:
    outcome = applied.outcome
    return (
        isinstance(outcome, Transition)
        and outcome.new_generation
        and outcome.hold_reason is HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE
    )


def _is_declined_user(message: CheckinMessage) -> bool:
    """Users of a Mac are not managed here; 410 says so without harm."""
    asks = isinstance(message, UserAuthenticate | TokenUpdate)
    return isinstance(message, UserAuthenticate) or (asks and not manages_users_of(message.channel))


def _answer(tools: "Tools", message: CheckinMessage, applied: devices.Applied) -> Answer:
    row = applied.enrollment
    outcome = applied.outcome
    if row is None or not isinstance(outcome, Transition):
        return EMPTY
    match message:
        case SetBootstrapToken() if not outcome.is_held:
            tokens.set_bootstrap_token(tools.vault, row, message.bootstrap_token)
            return EMPTY
        case GetBootstrapToken():
            kept = None if outcome.is_held else tokens.bootstrap_token(tools.vault, row)
            return plist_answer(bootstrap_token_answer(kept))
        case GetToken():
            # Managed Apple Accounts need Apple School Manager; without it no token is served.
            return _BAD_REQUEST
        case ReturnToService():
            return plist_answer(return_to_service_declined())
        case _:
            return EMPTY
