"""One-time challenges: who gets a certificate, who gets the same again, who gets none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from enrollment.scep_challenge import (
    ChallengeFacts,
    ChallengePurpose,
    Grant,
    IssuedBefore,
    RefusalReason,
    Refused,
    Repeat,
    challenge_digest,
    judge_challenge,
    new_challenge,
)
from enrollment.scep_words import FailInfo
from tests.factories import scep
from tests.factories.scep import NOW

OPEN = ChallengeFacts(
    purpose=ChallengePurpose.ENROLL,
    expires_at=NOW + timedelta(minutes=30),
    issued=None,
    attempts=0,
    most_attempts=5,
)
EXPIRED = replace(OPEN, expires_at=NOW)


def used_by(owner: str, transaction_id: str = scep.TRANSACTION) -> ChallengeFacts:
    digest = scep.accepted(scep.sent(owner=owner).message).public_key_digest
    return replace(OPEN, issued=IssuedBefore(transaction_id, digest, "certificate-1"))


def test_an_open_challenge_admits_for_its_purpose() -> None:
    request = scep.accepted(scep.sent().message)

    assert judge_challenge(OPEN, request, NOW) == Grant(ChallengePurpose.ENROLL)


def test_the_same_request_again_gets_the_same_certificate() -> None:
    request = scep.accepted(scep.sent().message)

    assert judge_challenge(used_by("tablet"), request, NOW) == Repeat("certificate-1")


def test_the_same_request_again_is_answered_even_after_the_challenge_expired() -> None:
    request = scep.accepted(scep.sent().message)
    facts = replace(used_by("tablet"), expires_at=NOW - timedelta(days=1))

    assert judge_challenge(facts, request, NOW) == Repeat("certificate-1")


def test_another_key_cannot_use_a_challenge_again() -> None:
    request = scep.accepted(scep.sent(owner="second tablet").message)

    judgement = judge_challenge(used_by("tablet"), request, NOW)

    assert judgement == Refused(RefusalReason.USED, FailInfo.BAD_REQUEST)


def test_the_name_of_a_transaction_alone_does_not_make_a_repeat() -> None:
    request = scep.accepted(scep.sent(transaction_id="another").message)

    judgement = judge_challenge(used_by("tablet"), request, NOW)

    assert judgement == Refused(RefusalReason.USED, FailInfo.BAD_REQUEST)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (None, RefusalReason.UNKNOWN),
        (EXPIRED, RefusalReason.EXPIRED),
        (replace(OPEN, attempts=5), RefusalReason.TOO_MANY_ATTEMPTS),
    ],
)
def test_whoever_guesses_hears_always_the_same(
    facts: ChallengeFacts | None, reason: RefusalReason
) -> None:
    request = scep.accepted(scep.sent().message)

    assert judge_challenge(facts, request, NOW) == Refused(reason, FailInfo.BAD_REQUEST)


def test_a_new_challenge_fits_into_every_string_type() -> None:
    challenge = new_challenge(bytes(range(24)))

    assert challenge.isascii()
    assert challenge.isalnum()
    assert len(challenge) == 39


def test_different_chance_makes_different_challenges() -> None:
    made = {new_challenge(bytes([octet]) * 16) for octet in range(256)}

    assert len(made) == 256


def test_a_challenge_needs_enough_chance() -> None:
    with pytest.raises(ValueError, match="128"):
        new_challenge(bytes(15))


def test_a_challenge_is_stored_as_its_digest_only() -> None:
    digest = challenge_digest("GEHEIM")

    assert len(digest) == 32
    assert digest != challenge_digest("GEHEIN")
    assert len(challenge_digest("\ud800")) == 32
