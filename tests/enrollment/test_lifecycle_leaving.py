"""How an iPad leaves, and how it may come back."""

from enrollment.checkin import TokenUpdate
from enrollment.errors import CertificateRefusal
from enrollment.lifecycle import (
    EnrollmentState,
    HoldReason,
    Note,
    Refused,
    Successor,
    advance,
    contact,
)
from tests.enrollment.facts import (
    AUTHENTICATE,
    CHECK_OUT,
    DEVICE,
    MIA,
    NOW,
    TOKEN_UPDATE,
    allowed,
    enrolled,
    used,
)

GONE = enrolled(state=EnrollmentState.CHECKED_OUT)


def test_an_ipad_that_checks_out_loses_queue_tokens_and_users() -> None:
    transition = allowed(advance(enrolled(), CHECK_OUT, used(), NOW))

    assert transition.state is EnrollmentState.CHECKED_OUT
    assert transition.cancel_queue
    assert transition.forget_tokens
    assert transition.end_user_channels
    assert transition.replaces is None


def test_a_held_newcomer_that_checks_out_takes_nobody_with_it() -> None:
    held = enrolled(held=HoldReason.UNEXPECTED_SERIAL, enrollment_id="row-2", pins=(b"new",))

    transition = allowed(advance(held, CHECK_OUT, used(b"new"), NOW))

    assert (transition.enrollment_id, transition.replaces) == ("row-2", None)


def test_a_repeated_check_out_changes_nothing() -> None:
    transition = allowed(advance(GONE, CHECK_OUT, used(), NOW))

    assert transition.state is EnrollmentState.CHECKED_OUT
    assert not transition.cancel_queue
    assert not transition.forget_tokens


def test_a_check_out_of_a_previous_generation_is_ignored() -> None:
    old = enrolled(
        state=EnrollmentState.REPLACED,
        successor=Successor("row-2", 2, EnrollmentState.AUTHENTICATED),
    )

    transition = allowed(advance(old, CHECK_OUT, used(), NOW))

    assert transition.state is EnrollmentState.REPLACED
    assert not transition.cancel_queue
    assert not transition.revive
    assert transition.notes == (Note.LATE_CHECK_OUT_IGNORED,)


def test_a_check_out_with_a_certificate_put_aside_is_ignored() -> None:
    transition = allowed(advance(enrolled(pins=(b"renewed",)), CHECK_OUT, used(b"own"), NOW))

    assert transition.state is EnrollmentState.ENROLLED
    assert transition.notes == (Note.LATE_CHECK_OUT_IGNORED,)


def test_a_backup_restored_to_the_same_ipad_brings_its_enrollment_back() -> None:
    transition = allowed(advance(GONE, TOKEN_UPDATE, used(), NOW))

    assert transition.state is EnrollmentState.ENROLLED
    assert transition.revive
    assert transition.first_token
    assert transition.notes == (Note.RETURNED_AFTER_CHECK_OUT,)


def test_a_held_newcomer_that_returns_does_not_become_current() -> None:
    gone = enrolled(state=EnrollmentState.CHECKED_OUT, held=HoldReason.UNEXPECTED_SERIAL)

    transition = allowed(advance(gone, TOKEN_UPDATE, used(), NOW))

    assert transition.is_held
    assert not transition.revive


def test_a_token_that_was_replaced_before_brings_nobody_back() -> None:
    gone = enrolled(
        state=EnrollmentState.CHECKED_OUT, former_tokens=frozenset({TOKEN_UPDATE.token_digest})
    )

    transition = allowed(advance(gone, TOKEN_UPDATE, used(), NOW))

    assert transition.state is EnrollmentState.CHECKED_OUT
    assert not transition.revive


def test_nothing_else_is_heard_after_a_check_out() -> None:
    ended = Refused(CertificateRefusal.ENDED)

    assert advance(GONE, AUTHENTICATE, used(), NOW) == ended
    assert advance(GONE, TokenUpdate(MIA, b"t", "m"), used(), NOW) == ended
    assert contact(GONE, DEVICE, used(), NOW) == ended
    assert not ended.alarm
