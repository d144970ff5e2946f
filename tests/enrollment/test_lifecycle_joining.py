"""Who may join, who is held until a person accepts it, and who is refused."""

from datetime import timedelta

import pytest

from enrollment.errors import CertificateRefusal
from enrollment.identifiers import EnrollmentKey
from enrollment.lifecycle import (
    Binding,
    CertificateFacts,
    EnrollmentFacts,
    EnrollmentState,
    HoldReason,
    Note,
    Refused,
    accept,
    advance,
)
from tests.enrollment.facts import (
    AUTHENTICATE,
    DEVICE,
    FOR_ANOTHER_IPAD,
    FOR_THIS_IPAD,
    NOW,
    SERIAL,
    TOKEN_UPDATE,
    allowed,
    enrolled,
    fresh,
    joining,
    used,
)


def test_an_unknown_ipad_joins_with_a_fresh_certificate() -> None:
    transition = allowed(advance(None, AUTHENTICATE, fresh(), NOW))

    assert transition.new_generation
    assert transition.enrollment_id is None
    assert (transition.state, transition.generation) == (EnrollmentState.AUTHENTICATED, 1)
    assert transition.pin == b"new"
    assert not transition.is_held
    assert transition.replaces is None


def test_an_awaited_enrollment_is_the_one_that_begins() -> None:
    awaited = enrolled(state=EnrollmentState.AWAITED, pins=(), completed=False)

    transition = allowed(advance(awaited, AUTHENTICATE, fresh(), NOW))

    assert (transition.enrollment_id, transition.generation) == ("row-1", 1)
    assert transition.replaces is None


def test_an_ipad_that_joins_again_with_a_certificate_of_its_own_replaces_its_enrollment() -> None:
    current = enrolled(generation=3, latest_generation=4)

    transition = allowed(advance(current, AUTHENTICATE, fresh(bound_to=FOR_THIS_IPAD), NOW))

    assert (transition.enrollment_id, transition.generation) == (None, 5)
    assert transition.replaces == "row-1"
    assert transition.cancel_queue
    assert transition.end_user_channels
    assert transition.notes == (Note.JOINED_AGAIN,)


def test_the_secrets_of_a_replaced_enrollment_stay_until_its_successor_is_complete() -> None:
    again = allowed(advance(enrolled(), AUTHENTICATE, fresh(bound_to=FOR_THIS_IPAD), NOW))
    complete = allowed(
        advance(joining(generation=2, pins=(b"new",)), TOKEN_UPDATE, used(b"new"), NOW)
    )

    assert not again.forget_replaced
    assert complete.forget_replaced


def test_a_certificate_bound_to_the_serial_number_we_know_is_one_of_its_own() -> None:
    certificate = fresh(bound_to=Binding(serial=SERIAL))

    transition = allowed(advance(enrolled(), AUTHENTICATE, certificate, NOW))

    assert transition.replaces == "row-1"
    assert not transition.is_held


def test_the_queue_of_an_ipad_that_has_checked_out_is_not_cancelled_again() -> None:
    gone = enrolled(state=EnrollmentState.CHECKED_OUT)

    transition = allowed(advance(gone, AUTHENTICATE, fresh(bound_to=FOR_THIS_IPAD), NOW))

    assert transition.replaces == "row-1"
    assert not transition.cancel_queue


def test_a_known_ipad_with_a_certificate_that_names_nobody_is_held() -> None:
    transition = allowed(advance(enrolled(), AUTHENTICATE, fresh(), NOW))

    assert transition.hold_reason is HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE
    assert transition.new_generation
    assert transition.notes == (Note.HELD,)


def test_a_held_newcomer_leaves_the_enrollment_in_force_untouched() -> None:
    transition = allowed(advance(enrolled(), AUTHENTICATE, fresh(), NOW))

    assert transition.enrollment_id is None
    assert transition.replaces is None
    assert not transition.cancel_queue
    assert not transition.end_user_channels
    assert not transition.forget_replaced


def test_the_first_token_of_a_held_newcomer_wipes_nobody_elses_secrets() -> None:
    held = joining(held=HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE, pins=(b"new",))

    transition = allowed(advance(held, TOKEN_UPDATE, used(b"new"), NOW))

    assert transition.first_token
    assert transition.is_held
    assert not transition.forget_replaced


def test_an_ipad_that_has_checked_out_is_still_known() -> None:
    gone = enrolled(state=EnrollmentState.CHECKED_OUT)

    assert allowed(advance(gone, AUTHENTICATE, fresh(), NOW)).is_held


def test_an_ipad_whose_return_is_expected_may_come_back_by_any_link() -> None:
    erased = enrolled(return_expected=True)

    transition = allowed(advance(erased, AUTHENTICATE, fresh(), NOW))

    assert not transition.is_held
    assert transition.replaces == "row-1"


def test_a_second_attempt_after_a_failed_installation_is_not_held() -> None:
    transition = allowed(advance(joining(), AUTHENTICATE, fresh(), NOW))

    assert not transition.is_held
    assert transition.replaces == "row-1"


def test_a_foreign_certificate_does_not_slip_in_while_a_known_ipad_joins_again() -> None:
    joining_again = joining(generation=2, device_known=True)

    assert allowed(advance(joining_again, AUTHENTICATE, fresh(), NOW)).is_held


def test_a_second_attempt_of_a_held_newcomer_is_held_again() -> None:
    held = joining(held=HoldReason.UNEXPECTED_SERIAL)

    assert allowed(advance(held, AUTHENTICATE, fresh(), NOW)).is_held


def test_an_unexpected_serial_number_is_held() -> None:
    transition = allowed(advance(None, AUTHENTICATE, fresh(serial_expected=False), NOW))

    assert transition.hold_reason is HoldReason.UNEXPECTED_SERIAL


def test_a_serial_number_of_another_enrolled_ipad_is_held() -> None:
    transition = allowed(advance(None, AUTHENTICATE, fresh(), NOW, serial_in_use=True))

    assert transition.hold_reason is HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE


def test_an_ipad_that_hides_the_serial_number_its_certificate_is_for_is_held() -> None:
    certificate = fresh(bound_to=Binding(serial=SERIAL))
    silent = type(AUTHENTICATE)(DEVICE)

    transition = allowed(advance(None, silent, certificate, NOW))

    assert transition.hold_reason is HoldReason.SERIAL_NOT_SHOWN


@pytest.mark.parametrize(
    ("current", "certificate"),
    [
        (None, fresh(bound_to=FOR_ANOTHER_IPAD)),
        (enrolled(), fresh(bound_to=FOR_ANOTHER_IPAD)),
        (None, fresh(bound_to=Binding(serial="DMPXX0002"))),
        (enrolled(serial="DMPXX0002"), fresh(bound_to=Binding(serial=SERIAL))),
        (enrolled(), fresh(bound_to=Binding(enrollment_id="row-9"))),
        (None, fresh(bound_to=Binding(enrollment_id="row-9"))),
    ],
)
def test_a_certificate_issued_for_another_ipad_is_refused_with_an_alarm(
    current: EnrollmentFacts | None, certificate: CertificateFacts
) -> None:
    outcome = advance(current, AUTHENTICATE, certificate, NOW)

    assert outcome == Refused(CertificateRefusal.BOUND_ELSEWHERE)
    assert outcome.alarm


@pytest.mark.parametrize(
    ("certificate", "kind"),
    [
        (fresh(issued_by_us=False), CertificateRefusal.NOT_ISSUED_BY_US),
        (fresh(revoked=True), CertificateRefusal.REVOKED),
        (fresh(not_after=NOW - timedelta(1)), CertificateRefusal.EXPIRED),
        (fresh(not_before=NOW + timedelta(1)), CertificateRefusal.NOT_YET_VALID),
        (fresh(used_by=EnrollmentKey("ANOTHER")), CertificateRefusal.USED_BY_ANOTHER),
        (used(b"before"), CertificateRefusal.SUPERSEDED),
    ],
)
@pytest.mark.parametrize("current", [None, enrolled()])
def test_a_certificate_that_is_no_good_lets_nobody_join(
    current: EnrollmentFacts | None, certificate: CertificateFacts, kind: CertificateRefusal
) -> None:
    assert advance(current, AUTHENTICATE, certificate, NOW) == Refused(kind)


def test_a_retired_ipad_does_not_come_back_by_itself() -> None:
    retired = enrolled(state=EnrollmentState.RETIRED)

    outcome = advance(retired, AUTHENTICATE, fresh(bound_to=FOR_THIS_IPAD), NOW)

    assert outcome == Refused(CertificateRefusal.RETIRED)


def test_an_accepted_newcomer_takes_the_place_of_the_enrollment_in_force() -> None:
    held = enrolled(
        enrollment_id="row-2",
        generation=2,
        held=HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE,
        pins=(b"new",),
    )

    transition = allowed(accept(held, enrolled()))

    assert (transition.enrollment_id, transition.state) == ("row-2", EnrollmentState.ENROLLED)
    assert not transition.is_held
    assert transition.replaces == "row-1"
    assert transition.cancel_queue
    assert transition.forget_replaced


def test_an_accepted_newcomer_without_a_rival_replaces_nobody() -> None:
    held = joining(held=HoldReason.UNEXPECTED_SERIAL)

    transition = allowed(accept(held, held))

    assert not transition.is_held
    assert transition.replaces is None
    assert not transition.cancel_queue
    assert not transition.forget_replaced


def test_a_newcomer_that_has_left_again_cannot_be_accepted() -> None:
    gone = enrolled(state=EnrollmentState.CHECKED_OUT, held=HoldReason.UNEXPECTED_SERIAL)

    assert accept(gone, None) == Refused(CertificateRefusal.ENDED)
