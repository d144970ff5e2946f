"""What a message changes, said so that a room can write it down without deciding anything.

Here: the outcome of lifecycle.py. Not here: HTTP, rows, the journal's wording.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from enrollment.errors import CertificateRefusal
from enrollment.identifiers import EnrollmentKey
from enrollment.standing import EnrollmentState, HoldReason


class Note(StrEnum):
    """What the journal should say about a message beyond the new state."""

    JOINED = "joined"
    JOINED_AGAIN = "joined_again"
    HELD = "held"
    ACCEPTED = "accepted"
    AUTHENTICATE_REPEATED = "authenticate_repeated"
    CERTIFICATE_RENEWED = "certificate_renewed"
    CERTIFICATE_EXPIRED = "certificate_expired"
    STALE_TOKEN_IGNORED = "stale_token_ignored"  # noqa: S105 (a note, no secret)
    CHECKED_OUT = "checked_out"
    LATE_CHECK_OUT_IGNORED = "late_check_out_ignored"
    RETURNED_AFTER_CHECK_OUT = "returned_after_check_out"
    REVIVED = "revived"
    GUEST_IGNORED = "guest_ignored"


@dataclass(frozen=True, slots=True)
class Transition:
    """What to write for a message that was allowed.

    enrollment_id: the enrollment concerned; None means write a new row, with `generation`.
    state: its state from now on.
    new_generation: a new enrollment begins. It inherits no token, no unlock or bootstrap token,
        no declarations and no user channel; the device's record and its assignments stay.
    pin: a fingerprint to add to its pins. unpin_others: remove all its pins but the one that
        has just spoken.
    store_tokens: keep the tokens of this TokenUpdate. first_token: it completes the channel.
    replaces: the enrollment that stops being current; its state becomes REPLACED and its
        user channels end.
    cancel_queue: cancel what is still queued for `replaces`, or, if that is None, for this
        enrollment; on all its channels.
    end_user_channels: the user channels of the same enrollment as for `cancel_queue` end.
    forget_tokens: wipe this enrollment's push token, unlock and bootstrap token.
    forget_replaced: wipe the same of all replaced enrollments of this device. Not before the
        successor is complete: a replacement that fails leaves the old configuration in force,
        and a device tells its push token only once.
    hold_reason: give it no profiles, secrets or apps until a person accepts it.
    revive: it is current again although it was not; everything is due.
    """

    enrollment_id: str | None
    device_key: EnrollmentKey
    state: EnrollmentState
    generation: int
    new_generation: bool = False
    pin: bytes | None = None
    unpin_others: bool = False
    store_tokens: bool = False
    first_token: bool = False
    replaces: str | None = None
    cancel_queue: bool = False
    end_user_channels: bool = False
    forget_tokens: bool = False
    forget_replaced: bool = False
    hold_reason: HoldReason | None = None
    revive: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def is_held(self) -> bool:
        return self.hold_reason is not None


_ALARMING = frozenset(
    {
        CertificateRefusal.NOT_ISSUED_BY_US,
        CertificateRefusal.NOT_FOR_MANAGEMENT,
        CertificateRefusal.REVOKED,
        CertificateRefusal.BOUND_ELSEWHERE,
        CertificateRefusal.USED_BY_ANOTHER,
        CertificateRefusal.NOT_PINNED,
        CertificateRefusal.SUPERSEDED,
    }
)


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that changes nothing.

    alarm: whether a person should hear of it, since no honest device gets there by itself.
    """

    kind: CertificateRefusal

    @property
    def alarm(self) -> bool:
        return self.kind in _ALARMING


Outcome: TypeAlias = Transition | Refused
