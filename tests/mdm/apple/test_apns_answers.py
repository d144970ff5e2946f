from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.apple.apns_answers import REASONS, Judgement, Next, judge, read_error_body
from mdm.apple.push import PushKind

K = PushKind

TABLE = [
    (410, "Unregistered", K.TOKEN_DEAD, Next.GO_ON),
    (410, "ExpiredToken", K.TOKEN_DEAD, Next.GO_ON),
    (400, "BadDeviceToken", K.BAD_TOKEN, Next.GO_ON),
    (400, "DeviceTokenNotForTopic", K.WRONG_TOPIC, Next.GO_ON),
    (400, "MissingTopic", K.CONFIGURATION_FAULT, Next.STOP),
    (400, "BadTopic", K.CONFIGURATION_FAULT, Next.STOP),
    (400, "TopicDisallowed", K.CONFIGURATION_FAULT, Next.STOP),
    (403, "BadCertificate", K.CONFIGURATION_FAULT, Next.STOP),
    (403, "BadCertificateEnvironment", K.CONFIGURATION_FAULT, Next.STOP),
    (403, "Forbidden", K.CONFIGURATION_FAULT, Next.STOP),
    (400, "PayloadEmpty", K.BUG, Next.GO_ON),
    (400, "BadPriority", K.BUG, Next.GO_ON),
    (400, "BadExpirationDate", K.BUG, Next.GO_ON),
    (400, "BadMessageId", K.BUG, Next.GO_ON),
    (400, "BadCollapseId", K.BUG, Next.GO_ON),
    (400, "DuplicateHeaders", K.BUG, Next.GO_ON),
    (400, "InvalidPushType", K.BUG, Next.GO_ON),
    (400, "MissingDeviceToken", K.BUG, Next.GO_ON),
    (403, "ExpiredProviderToken", K.BUG, Next.GO_ON),
    (403, "InvalidProviderToken", K.BUG, Next.GO_ON),
    (403, "MissingProviderToken", K.BUG, Next.GO_ON),
    (404, "BadPath", K.BUG, Next.GO_ON),
    (405, "MethodNotAllowed", K.BUG, Next.GO_ON),
    (413, "PayloadTooLarge", K.BUG, Next.GO_ON),
    (429, "TooManyRequests", K.THROTTLED, Next.GO_ON),
    (429, "TooManyProviderTokenUpdates", K.BUG, Next.GO_ON),
    (400, "IdleTimeout", K.TEMPORARY, Next.RECONNECT),
    (500, "InternalServerError", K.TEMPORARY, Next.GO_ON),
    (503, "ServiceUnavailable", K.TEMPORARY, Next.RECONNECT),
    (503, "Shutdown", K.TEMPORARY, Next.RECONNECT),
]


@pytest.mark.parametrize(("status", "reason", "kind", "following"), TABLE)
def test_each_documented_answer_has_its_meaning(
    status: int, reason: str, kind: PushKind, following: Next
) -> None:
    judgement = judge(status, reason, None)

    assert (judgement.kind, judgement.reason, judgement.next) == (kind, reason, following)


def test_the_table_above_names_every_reason_we_know() -> None:
    assert {reason for _, reason, _, _ in TABLE} == set(REASONS)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, K.ACCEPTED),
        (410, K.TOKEN_DEAD),
        (429, K.THROTTLED),
        (0, K.BUG),
        (302, K.BUG),
        (400, K.BUG),
        (418, K.BUG),
        (500, K.TEMPORARY),
        (502, K.TEMPORARY),
        (503, K.TEMPORARY),
        (599, K.TEMPORARY),
    ],
)
def test_a_word_not_in_the_table_is_judged_by_its_status(status: int, kind: PushKind) -> None:
    assert judge(status, "NeverHeardOf", None).kind is kind


def test_an_answer_without_reason_is_named_by_its_status() -> None:
    assert judge(502, "", None).reason == "Status502"


def test_an_accepted_push_needs_no_words() -> None:
    assert judge(200, "", None) == Judgement(PushKind.ACCEPTED)


def test_the_timestamp_of_a_dead_token_is_in_milliseconds() -> None:
    dead = judge(410, "Unregistered", 1_788_091_200_500)

    assert dead.unregistered_since == datetime(2026, 8, 30, 12, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("timestamp", [10**30, -(10**30), 10**17])
def test_an_impossible_timestamp_counts_as_not_told(timestamp: int) -> None:
    assert judge(410, "Unregistered", timestamp).unregistered_since is None


def test_only_a_dead_token_has_an_instant() -> None:
    assert judge(400, "BadDeviceToken", 1_788_091_200_000).unregistered_since is None


@pytest.mark.parametrize(("told", "wait"), [(None, 300), (10, 300), (900, 900)])
def test_a_throttled_token_waits_at_least_five_minutes(told: int | None, wait: int) -> None:
    assert judge(429, "TooManyRequests", None, told).retry_after_s == wait


def test_the_wait_that_a_busy_server_names_is_passed_on() -> None:
    assert judge(500, "InternalServerError", None, 900).retry_after_s == 900


def test_a_documented_body_gives_reason_and_timestamp() -> None:
    body = json.dumps({"reason": "Unregistered", "timestamp": 5}).encode()

    assert read_error_body(body) == ("Unregistered", 5)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"7",
        b'{"reason": 5, "timestamp": "x"}',
        b'{"timestamp": true}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_any_other_body_gives_nothing(body: bytes) -> None:
    assert read_error_body(body) == ("", None)


@given(st.integers(0, 999), st.text(max_size=30), st.none() | st.integers())
def test_every_answer_has_a_meaning(status: int, reason: str, timestamp: int | None) -> None:
    assert judge(status, reason, timestamp).kind in PushKind


@given(st.binary(max_size=200))
def test_every_body_can_be_read(body: bytes) -> None:
    reason, _ = read_error_body(body)

    assert len(reason) <= 64
