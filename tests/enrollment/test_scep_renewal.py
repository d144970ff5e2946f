"""Renewal by signature: which identity may have a successor."""

from dataclasses import replace
from datetime import timedelta

import pytest

from enrollment.scep_challenge import (
    ChallengePurpose,
    Grant,
    IssuedBefore,
    RefusalReason,
    Refused,
    Repeat,
)
from enrollment.scep_renewal import RenewalPolicy, SignerFacts, may_renew
from enrollment.scep_words import FailInfo
from tests.factories import scep
from tests.factories.scep import NOW, TRANSACTION

ENDING = SignerFacts(
    issued_by_us=True,
    is_revoked=False,
    enrollment_retired=False,
    not_after=NOW + timedelta(days=7),
    public_key_digest=b"old key",
    successor=None,
)
POLICY = RenewalPolicy()


def test_an_identity_near_its_end_may_be_renewed() -> None:
    request = scep.accepted(scep.sent().message)

    assert may_renew(ENDING, request, NOW, POLICY) == Grant(ChallengePurpose.RENEW)


@pytest.mark.parametrize(
    ("signer", "reason"),
    [
        (replace(ENDING, issued_by_us=False), RefusalReason.NOT_OURS),
        (replace(ENDING, is_revoked=True), RefusalReason.REVOKED),
        (replace(ENDING, enrollment_retired=True), RefusalReason.RETIRED),
    ],
)
def test_a_certificate_that_speaks_for_no_ipad_is_not_renewed(
    signer: SignerFacts, reason: RefusalReason
) -> None:
    request = scep.accepted(scep.sent().message)

    assert may_renew(signer, request, NOW, POLICY) == Refused(reason, FailInfo.BAD_CERT_ID)


@pytest.mark.parametrize(
    ("remaining", "reason"),
    [
        (timedelta(days=15), RefusalReason.TOO_EARLY),
        (timedelta(0), RefusalReason.EXPIRED),
        (timedelta(days=-1), RefusalReason.EXPIRED),
    ],
)
def test_renewal_has_its_time(remaining: timedelta, reason: RefusalReason) -> None:
    request = scep.accepted(scep.sent().message)
    signer = replace(ENDING, not_after=NOW + remaining)

    assert may_renew(signer, request, NOW, POLICY) == Refused(reason, FailInfo.BAD_TIME)


def test_a_grace_period_lets_an_expired_identity_renew() -> None:
    request = scep.accepted(scep.sent().message)
    signer = replace(ENDING, not_after=NOW - timedelta(days=1))

    judgement = may_renew(signer, request, NOW, RenewalPolicy(grace=timedelta(days=2)))

    assert judgement == Grant(ChallengePurpose.RENEW)


def test_a_renewal_brings_a_new_key_unless_the_policy_says_otherwise() -> None:
    request = scep.accepted(scep.sent().message)
    signer = replace(ENDING, public_key_digest=request.public_key_digest)

    assert may_renew(signer, request, NOW, POLICY) == Refused(
        RefusalReason.SAME_KEY, FailInfo.BAD_REQUEST
    )
    assert may_renew(signer, request, NOW, RenewalPolicy(allow_same_key=True)) == Grant(
        ChallengePurpose.RENEW
    )


def test_an_identity_is_renewed_once_and_a_lost_reply_is_sent_again() -> None:
    request = scep.accepted(scep.sent().message)
    other = scep.accepted(scep.sent(owner="second tablet").message)
    successor = IssuedBefore(TRANSACTION, request.public_key_digest, "certificate-2")
    signer = replace(ENDING, successor=successor)

    assert may_renew(signer, request, NOW, POLICY) == Repeat("certificate-2")
    assert may_renew(signer, other, NOW, POLICY) == Refused(
        RefusalReason.USED, FailInfo.BAD_REQUEST
    )
