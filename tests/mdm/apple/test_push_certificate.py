from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from mdm.apple.errors import CertificateUnusable
from mdm.apple.push_certificate import (
    WARN_DAYS,
    Accepted,
    RefusalKind,
    Refused,
    check_replacement,
    days_left,
    read_certificate,
    topic_of,
    warning_due,
)
from mdm.simulator.apns_certificates import StandInAuthority
from tests.mdm.apple.stage import NOW, TOPIC

OTHER_TOPIC = TOPIC.replace("000000000001", "000000000002")
YEAR = timedelta(days=365)
KEY = ec.generate_private_key(ec.SECP256R1())
AUTHORITY = StandInAuthority(NOW - 3 * YEAR)


def a_certificate(
    topic: str = TOPIC, begins: datetime = NOW, life: timedelta = YEAR
) -> x509.Certificate:
    return read_certificate(AUTHORITY.issue_push(topic, begins, life, KEY).certificate_pem)


CURRENT = a_certificate(begins=NOW - timedelta(days=350))


def replace(
    new: x509.Certificate,
    current: x509.Certificate | None = CURRENT,
    has_enrollments: bool = True,
    **changes: object,
) -> Accepted | Refused:
    key = changes.pop("key", KEY)
    return check_replacement(new, key, current, NOW, has_enrollments=has_enrollments, **changes)


def test_the_topic_is_the_uid_of_the_subject() -> None:
    assert topic_of(a_certificate()) == TOPIC


@pytest.mark.parametrize("uid", ["com.example.app", "com.apple.mgmt.", "xcom.apple.mgmt.External"])
def test_a_certificate_for_something_else_has_no_topic(uid: str) -> None:
    with pytest.raises(CertificateUnusable) as caught:
        topic_of(a_certificate(uid))

    assert caught.value.field == "certificate"


def test_a_certificate_without_uid_has_no_topic() -> None:
    with pytest.raises(CertificateUnusable, match="exactly one UID"):
        topic_of(AUTHORITY.certificate)


def test_pem_and_der_read_alike() -> None:
    der = a_certificate().public_bytes(Encoding.DER)

    assert topic_of(read_certificate(der)) == TOPIC


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", bytes(500)],
)
def test_what_is_no_certificate_is_refused_with_a_typed_error(data: bytes) -> None:
    with pytest.raises(CertificateUnusable):
        read_certificate(data)


def test_the_first_certificate_brings_its_topic() -> None:
    new = a_certificate()

    verdict = replace(new, current=None, has_enrollments=False)

    assert verdict == Accepted(TOPIC, new.not_valid_after_utc, topic_is_new=True)


def test_a_renewed_certificate_keeps_the_topic() -> None:
    new = a_certificate()

    assert replace(new) == Accepted(TOPIC, new.not_valid_after_utc, topic_is_new=False)


def test_another_topic_is_refused_while_devices_know_the_old_one() -> None:
    verdict = replace(a_certificate(OTHER_TOPIC))

    assert verdict == Refused(RefusalKind.TOPIC_CHANGED, expected=TOPIC, found=OTHER_TOPIC)


def test_another_topic_is_welcome_while_nobody_is_enrolled() -> None:
    verdict = replace(a_certificate(OTHER_TOPIC), has_enrollments=False)

    assert isinstance(verdict, Accepted)
    assert verdict.topic_is_new


def test_a_certificate_of_another_key_is_refused() -> None:
    verdict = replace(a_certificate(), key=ec.generate_private_key(ec.SECP256R1()))

    assert verdict == Refused(RefusalKind.KEY_MISMATCH)


def test_the_certificate_in_use_does_not_replace_itself() -> None:
    verdict = replace(CURRENT)

    assert isinstance(verdict, Refused)
    assert verdict.kind is RefusalKind.NOT_LATER


def test_an_expired_certificate_may_be_replaced() -> None:
    expired = a_certificate(begins=NOW - 2 * YEAR)

    assert isinstance(replace(a_certificate(), current=expired), Accepted)


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (a_certificate(begins=NOW - 2 * YEAR), RefusalKind.EXPIRED),
        (a_certificate(begins=NOW + YEAR), RefusalKind.NOT_VALID_YET),
        (a_certificate("com.example.app"), RefusalKind.NO_TOPIC),
    ],
    ids=["expired", "not valid yet", "no topic"],
)
def test_a_certificate_of_no_use_is_refused(new: x509.Certificate, kind: RefusalKind) -> None:
    verdict = replace(new)

    assert isinstance(verdict, Refused)
    assert verdict.kind is kind


def test_the_issuer_is_checked_when_it_is_known() -> None:
    impostor = StandInAuthority(NOW - YEAR).certificate

    mine = replace(a_certificate(), issuers=[impostor, AUTHORITY.certificate])
    foreign = replace(a_certificate(), issuers=[impostor])

    assert isinstance(mine, Accepted)
    assert isinstance(foreign, Refused)
    assert foreign.kind is RefusalKind.FOREIGN_ISSUER


@pytest.mark.parametrize(("offset", "days"), [(0, 365), (1, 364), (365 * 86_400 + 1, -1)])
def test_days_left_are_whole_days(offset: int, days: int) -> None:
    assert days_left(a_certificate(), NOW + timedelta(seconds=offset)) == days


@pytest.mark.parametrize(
    ("days", "last_warned", "due"),
    [
        (91, None, None),
        (90, None, 90),
        (80, 90, None),
        (60, 90, 60),
        (5, None, 7),
        (1, 3, 1),
        (0, 1, None),
        (-4, None, 1),
    ],
)
def test_each_warning_comes_once(days: int, last_warned: int | None, due: int | None) -> None:
    assert warning_due(days, last_warned) == due


def test_after_a_renewal_the_warnings_begin_anew() -> None:
    assert warning_due(364, None) is None


@given(st.lists(st.integers(-5, 120), unique=True))
def test_however_rarely_one_looks_no_warning_comes_twice(looks: list[int]) -> None:
    last: int | None = None
    given_out = []
    for days in sorted(looks, reverse=True):
        if due := warning_due(days, last):
            given_out.append(due)
            last = due

    assert given_out == sorted(set(given_out), reverse=True)
    assert set(given_out) <= set(WARN_DAYS)
