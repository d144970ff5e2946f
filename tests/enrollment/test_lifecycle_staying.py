"""What an enrolled iPad may say, and how its certificate is renewed."""

from datetime import timedelta

import pytest

from enrollment.checkin import (
    DeclarationsEndpoint,
    DeclarativeManagement,
    EndpointKind,
    GetBootstrapToken,
    GetToken,
    ReturnToService,
    SetBootstrapToken,
    TokenUpdate,
    UserAuthenticate,
)
from enrollment.checkin_messages import CheckinMessage
from enrollment.errors import CertificateRefusal
from enrollment.identifiers import EnrollmentKey
from enrollment.lifecycle import (
    Binding,
    CertificatePurpose,
    EnrollmentState,
    HoldReason,
    Note,
    Refused,
    Successor,
    Transition,
    advance,
    contact,
)
from tests.enrollment.facts import (
    AUTHENTICATE,
    CHECK_OUT,
    DEVICE,
    FOR_THIS_IPAD,
    GUEST,
    MIA,
    NOW,
    TOKEN_UPDATE,
    UDID,
    allowed,
    enrolled,
    fresh,
    joining,
    renewal,
    used,
)

DECLARATIONS = DeclarativeManagement(DEVICE, DeclarationsEndpoint(EndpointKind.TOKENS))
QUESTIONS: list[CheckinMessage] = [
    SetBootstrapToken(DEVICE, b"boot"),
    GetBootstrapToken(DEVICE),
    GetToken(DEVICE, None),
    ReturnToService(DEVICE),
    UserAuthenticate(MIA),
    DECLARATIONS,
]
JOINING_ANEW = Successor("row-2", 2, EnrollmentState.AUTHENTICATED)
JOINED_ANEW = Successor("row-2", 2, EnrollmentState.ENROLLED)


def test_the_first_token_completes_the_enrollment() -> None:
    transition = allowed(advance(joining(), TOKEN_UPDATE, used(), NOW))

    assert transition.state is EnrollmentState.ENROLLED
    assert transition.first_token
    assert transition.store_tokens
    assert not transition.cancel_queue


def test_a_later_token_only_changes_the_tokens() -> None:
    transition = allowed(advance(enrolled(), TOKEN_UPDATE, used(), NOW))

    assert transition == Transition(
        "row-1", UDID, EnrollmentState.ENROLLED, generation=1, store_tokens=True
    )


def test_a_token_that_a_newer_one_has_replaced_is_not_taken_back() -> None:
    current = enrolled(former_tokens=frozenset({TOKEN_UPDATE.token_digest}))

    transition = allowed(advance(current, TOKEN_UPDATE, used(), NOW))

    assert not transition.store_tokens
    assert transition.notes == (Note.STALE_TOKEN_IGNORED,)


def test_a_repeated_authenticate_changes_nothing() -> None:
    transition = allowed(advance(joining(), AUTHENTICATE, used(), NOW))

    assert transition.state is EnrollmentState.AUTHENTICATED
    assert not transition.new_generation
    assert not transition.cancel_queue
    assert transition.notes == (Note.AUTHENTICATE_REPEATED,)


def test_an_authenticate_repeated_after_the_first_token_does_not_end_the_enrollment() -> None:
    transition = allowed(advance(enrolled(), AUTHENTICATE, used(), NOW))

    assert transition.state is EnrollmentState.ENROLLED


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_changes_nothing(question: CheckinMessage) -> None:
    outcome = advance(enrolled(), question, used(), NOW)

    assert outcome == Transition("row-1", UDID, EnrollmentState.ENROLLED, generation=1)


@pytest.mark.parametrize("message", [TOKEN_UPDATE, CHECK_OUT, *QUESTIONS])
def test_nobody_but_the_pinned_certificate_may_speak(message: CheckinMessage) -> None:
    outcome = advance(enrolled(), message, fresh(), NOW)

    assert outcome == Refused(CertificateRefusal.NOT_PINNED)
    assert outcome.alarm


@pytest.mark.parametrize("message", [AUTHENTICATE, TOKEN_UPDATE, CHECK_OUT, *QUESTIONS])
def test_the_certificate_of_another_ipad_is_refused(message: CheckinMessage) -> None:
    foreign = used(b"foreign", used_by=EnrollmentKey("ANOTHER"))

    assert advance(enrolled(), message, foreign, NOW) == Refused(CertificateRefusal.USED_BY_ANOTHER)


@pytest.mark.parametrize("message", [AUTHENTICATE, TOKEN_UPDATE, CHECK_OUT, *QUESTIONS])
def test_another_ipads_enrollment_does_not_answer_for_this_udid(message: CheckinMessage) -> None:
    of_another = enrolled(device_key=EnrollmentKey("ANOTHER"))

    assert advance(of_another, message, used(used_by=None), NOW) == Refused(
        CertificateRefusal.USED_BY_ANOTHER
    )


@pytest.mark.parametrize("message", [AUTHENTICATE, TOKEN_UPDATE, CHECK_OUT, *QUESTIONS])
def test_a_revoked_certificate_is_refused(message: CheckinMessage) -> None:
    assert advance(enrolled(), message, used(revoked=True), NOW) == Refused(
        CertificateRefusal.REVOKED
    )


@pytest.mark.parametrize("message", [AUTHENTICATE, TOKEN_UPDATE, CHECK_OUT, *QUESTIONS])
def test_a_retired_ipad_is_refused_without_an_alarm(message: CheckinMessage) -> None:
    outcome = advance(enrolled(state=EnrollmentState.RETIRED), message, used(), NOW)

    assert outcome == Refused(CertificateRefusal.RETIRED)
    assert not outcome.alarm


def test_an_expired_certificate_still_speaks_for_its_ipad() -> None:
    expired = used(not_after=NOW - timedelta(days=90))

    transition = allowed(advance(enrolled(), TOKEN_UPDATE, expired, NOW))

    assert transition.store_tokens
    assert transition.notes == (Note.CERTIFICATE_EXPIRED,)


def test_a_user_of_a_shared_ipad_gets_a_channel_of_his_own() -> None:
    update = TokenUpdate(MIA, b"token", "magic")

    first = allowed(advance(enrolled(), update, used(), NOW))
    later = allowed(advance(enrolled(user_channels=frozenset({MIA.key})), update, used(), NOW))

    assert first.first_token
    assert not later.first_token
    assert first.store_tokens
    assert first.state is EnrollmentState.ENROLLED
    assert not first.forget_replaced


def test_a_users_token_does_not_complete_the_ipads_enrollment() -> None:
    transition = allowed(advance(joining(), TokenUpdate(MIA, b"token", "magic"), used(), NOW))

    assert transition.state is EnrollmentState.AUTHENTICATED


def test_nothing_is_kept_for_a_guest() -> None:
    transition = allowed(advance(enrolled(), TokenUpdate(GUEST, b"t", "m"), used(), NOW))

    assert not transition.store_tokens
    assert transition.notes == (Note.GUEST_IGNORED,)


def test_a_renewed_certificate_keeps_generation_queue_and_tokens() -> None:
    transition = allowed(advance(enrolled(), AUTHENTICATE, renewal(), NOW))

    assert transition == Transition(
        "row-1",
        UDID,
        EnrollmentState.ENROLLED,
        generation=1,
        pin=b"renewed",
        notes=(Note.CERTIFICATE_RENEWED,),
    )


def test_the_old_certificate_stays_good_until_the_new_one_has_been_used() -> None:
    both = enrolled(pins=(b"own", b"renewed"))

    old_speaks = allowed(contact(both, DEVICE, used(b"own"), NOW))
    new_repeats = allowed(advance(both, AUTHENTICATE, used(b"renewed"), NOW))
    new_speaks = allowed(contact(both, DEVICE, used(b"renewed"), NOW))

    assert not old_speaks.unpin_others
    assert not new_repeats.unpin_others
    assert new_speaks.unpin_others


@pytest.mark.parametrize("message", [TOKEN_UPDATE, DECLARATIONS])
def test_a_renewed_certificate_may_begin_without_an_authenticate(message: CheckinMessage) -> None:
    transition = allowed(advance(enrolled(), message, renewal(), NOW))

    assert transition.pin == b"renewed"
    assert transition.unpin_others
    assert not transition.first_token


def test_a_renewed_certificate_may_begin_on_the_command_channel() -> None:
    transition = allowed(contact(enrolled(), DEVICE, renewal(), NOW))

    assert transition.pin == b"renewed"
    assert not transition.cancel_queue


def test_an_expired_ipad_can_be_renewed() -> None:
    long_ago = used(not_after=NOW - timedelta(days=400))

    assert isinstance(contact(enrolled(), DEVICE, long_ago, NOW), Transition)
    assert allowed(advance(enrolled(), AUTHENTICATE, renewal(), NOW)).pin == b"renewed"


def test_a_renewal_of_another_enrollment_is_refused() -> None:
    of_another = renewal(bound_to=Binding(device_key=UDID, enrollment_id="row-9"))

    for current in (enrolled(), None):
        assert advance(current, AUTHENTICATE, of_another, NOW) == Refused(
            CertificateRefusal.BOUND_ELSEWHERE
        )


def test_a_renewal_for_another_serial_number_is_refused() -> None:
    of_another = renewal(bound_to=Binding(serial="DMPXX0002", enrollment_id="row-1"))

    assert advance(enrolled(), TOKEN_UPDATE, of_another, NOW) == Refused(
        CertificateRefusal.BOUND_ELSEWHERE
    )


def test_an_enrollment_that_has_ended_is_not_renewed() -> None:
    gone = enrolled(state=EnrollmentState.CHECKED_OUT)

    assert advance(gone, AUTHENTICATE, renewal(), NOW) == Refused(CertificateRefusal.ENDED)


def test_a_certificate_that_renewal_has_put_aside_does_not_come_back() -> None:
    renewed = enrolled(pins=(b"renewed",))

    for message in (AUTHENTICATE, TOKEN_UPDATE):
        outcome = advance(renewed, message, used(b"own", bound_to=FOR_THIS_IPAD), NOW)
        assert isinstance(outcome, Refused)


@pytest.mark.parametrize("message", [TOKEN_UPDATE, DECLARATIONS])
def test_an_old_certificate_revives_its_enrollment_while_the_new_one_is_not_complete(
    message: CheckinMessage,
) -> None:
    old = enrolled(state=EnrollmentState.REPLACED, successor=JOINING_ANEW)

    transition = allowed(advance(old, message, used(), NOW))

    assert transition.revive
    assert (transition.enrollment_id, transition.state) == ("row-1", EnrollmentState.ENROLLED)
    assert transition.replaces == "row-2"
    assert transition.cancel_queue
    assert Note.REVIVED in transition.notes


def test_an_old_certificate_revives_its_enrollment_from_the_command_channel() -> None:
    old = enrolled(state=EnrollmentState.REPLACED, successor=JOINING_ANEW)

    assert allowed(contact(old, DEVICE, used(), NOW)).revive


@pytest.mark.parametrize("message", [AUTHENTICATE, TOKEN_UPDATE, *QUESTIONS])
def test_an_old_certificate_is_refused_once_the_new_one_is_complete(
    message: CheckinMessage,
) -> None:
    old = enrolled(state=EnrollmentState.REPLACED, successor=JOINED_ANEW)

    assert advance(old, message, used(), NOW) == Refused(CertificateRefusal.SUPERSEDED)


def test_a_held_newcomer_is_never_revived() -> None:
    held = enrolled(
        state=EnrollmentState.REPLACED,
        successor=JOINING_ANEW,
        held=HoldReason.UNEXPECTED_SERIAL,
    )

    assert advance(held, TOKEN_UPDATE, used(), NOW) == Refused(CertificateRefusal.SUPERSEDED)


def test_a_replayed_authenticate_revives_nothing() -> None:
    old = enrolled(state=EnrollmentState.REPLACED, successor=JOINING_ANEW)

    assert advance(old, AUTHENTICATE, used(), NOW) == Refused(CertificateRefusal.SUPERSEDED)


def test_a_replaced_enrollment_that_was_never_complete_is_revived_by_its_token_only() -> None:
    old = joining(state=EnrollmentState.REPLACED, successor=JOINING_ANEW)

    assert isinstance(contact(old, DEVICE, used(), NOW), Refused)
    assert allowed(advance(old, TOKEN_UPDATE, used(), NOW)).first_token


def test_a_newer_certificate_completes_even_if_the_old_one_has_spoken_once_more() -> None:
    revived = Successor("row-1", 1, EnrollmentState.ENROLLED)
    newer = joining(
        enrollment_id="row-2", generation=2, state=EnrollmentState.REPLACED, successor=revived
    )

    transition = allowed(advance(newer, TOKEN_UPDATE, used(bound_to=FOR_THIS_IPAD), NOW))

    assert transition.first_token
    assert transition.replaces == "row-1"
    assert transition.forget_replaced


def test_a_newer_certificate_that_names_nobody_does_not_displace_the_old_one_again() -> None:
    revived = Successor("row-1", 1, EnrollmentState.ENROLLED)
    newer = joining(generation=2, state=EnrollmentState.REPLACED, successor=revived)

    assert advance(newer, TOKEN_UPDATE, used(), NOW) == Refused(CertificateRefusal.SUPERSEDED)


@pytest.mark.parametrize("message", [AUTHENTICATE, TOKEN_UPDATE, CHECK_OUT])
def test_a_certificate_for_the_wlan_never_speaks_for_a_device(message: CheckinMessage) -> None:
    network = fresh(purpose=CertificatePurpose.NETWORK, bound_to=FOR_THIS_IPAD)
    refused = Refused(CertificateRefusal.NOT_FOR_MANAGEMENT)

    for current in (None, enrolled(), enrolled(pins=(network.fingerprint,))):
        assert advance(current, message, network, NOW) == refused
        assert contact(current, DEVICE, network, NOW) == refused
    assert refused.alarm
