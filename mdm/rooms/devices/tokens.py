"""The tokens of a channel: how to wake it, unlock it, and set it up again. Secrets are sealed."""

from datetime import datetime

from sqlalchemy import select

from enrollment.checkin_messages import TokenUpdate
from enrollment.identifiers import Channel
from enrollment.lifecycle import EnrollmentState
from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.rooms.devices.models import Enrollment, FormerToken


def store(
    tx: Tx,
    vault: Vault,
    device_enrollment: Enrollment,
    message: TokenUpdate,
    *,
    first: bool,
    now: datetime,
) -> Enrollment:
    """Keep the tokens of a TokenUpdate; returns the enrollment of the channel that sent it."""
    row = device_enrollment
    if not message.channel.is_device:
        row = user_channel(tx, device_enrollment, message.channel) or _new_user_channel(
            tx, device_enrollment, message, now
        )
    _remember_former(tx, row, message, now)
    row.push_token, row.push_magic = message.token, message.push_magic
    row.topic = message.topic or row.topic
    row.token_updated_at = now
    row.unpushable_reason = None
    _store_flags(vault, row, message)
    if first:
        row.enrolled_at = now
    # Whatever waits may be pushed now, and the first inventory is due.
    # Counted by the database: others count at the same time.
    row.due_generation = Enrollment.due_generation + 1
    return row


def forget(row: Enrollment) -> None:
    """Wipe what could wake, unlock or set up the device again."""
    row.push_token = row.push_magic = None
    row.sealed_unlock_token = row.sealed_bootstrap_token = None


def user_channel(tx: Tx, device_enrollment: Enrollment, channel: Channel) -> Enrollment | None:
    """Find the enrollment of a user channel; None before its first TokenUpdate."""
    return tx.scalar(
        select(Enrollment).where(
            Enrollment.parent_id == device_enrollment.id,
            Enrollment.key == channel.key,
            Enrollment.ended_at.is_(None),
        )
    )


def set_bootstrap_token(vault: Vault, row: Enrollment, token: bytes | None) -> None:
    """Keep a bootstrap token; None deletes the stored one."""
    context = f"enrollment.bootstrap_token:{row.id}"
    row.sealed_bootstrap_token = vault.seal(token, context) if token is not None else None


def bootstrap_token(vault: Vault, row: Enrollment) -> bytes | None:
    """Open the bootstrap token; None when there is none."""
    sealed = row.sealed_bootstrap_token
    if sealed is None:
        return None
    return vault.open(sealed, f"enrollment.bootstrap_token:{row.id}")


def unlock_token(vault: Vault, row: Enrollment) -> bytes | None:
    """Open the unlock token that ClearPasscode needs; None when the device never sent one."""
    sealed = row.sealed_unlock_token
    return vault.open(sealed, f"enrollment.unlock_token:{row.id}") if sealed else None


def _store_flags(vault: Vault, row: Enrollment, message: TokenUpdate) -> None:
    if message.unlock_token is not None:
        context = f"enrollment.unlock_token:{row.id}"
        row.sealed_unlock_token = vault.seal(message.unlock_token, context)
    if message.awaiting_configuration is not None:
        row.is_awaiting_configuration = message.awaiting_configuration


def _new_user_channel(
    tx: Tx, device_enrollment: Enrollment, message: TokenUpdate, now: datetime
) -> Enrollment:
    row = Enrollment(
        device_id=device_enrollment.device_id,
        parent_id=device_enrollment.id,
        key=message.channel.key,
        user_short_name=message.user_short_name,
        state=EnrollmentState.ENROLLED,
        generation=device_enrollment.generation,
        held_reason=device_enrollment.held_reason,
        authenticated_at=now,
    )
    tx.add(row)
    tx.flush()
    return row


def _remember_former(tx: Tx, row: Enrollment, message: TokenUpdate, now: datetime) -> None:
    if row.push_token is None or row.push_magic is None:
        return
    before = TokenUpdate(message.channel, token=row.push_token, push_magic=row.push_magic)
    if before.token_digest != message.token_digest:
        tx.add(FormerToken(enrollment_id=row.id, digest=before.token_digest, replaced_at=now))
