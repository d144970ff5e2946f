"""The push client before the stand-in, over real TLS: whatever happens, no push is lost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from h2.errors import ErrorCodes

from mdm.apple.apns import ApnsClient
from mdm.apple.errors import CertificateUnusable
from mdm.apple.push import LocalReason, PushKind
from mdm.simulator.apns_certificates import Identity, StandInCertificates
from mdm.simulator.apns_script import Script
from tests.mdm.apple.stage import (
    IMPATIENT,
    NOW,
    QUICK,
    Stage,
    a_push,
    act,
    make_certificates,
    play,
    pushes,
    refusing_server,
)

Certificates = StandInCertificates


def test_each_push_reaches_its_device_and_has_one_outcome_in_order(
    certificates: Certificates,
) -> None:
    sent = pushes(300)

    played = play(certificates, sent)

    assert played.all_accepted()
    assert [outcome.push for outcome in played.outcomes] == sent
    assert played.stage.delivered == Counter((push.token, push.magic) for push in sent)
    assert played.stand_in.violations == []


def test_nothing_to_send_opens_no_connection(certificates: Certificates) -> None:
    played = play(certificates, [])

    assert played.outcomes == []
    assert played.stand_in.connections == 0


def test_one_connection_serves_many_calls(certificates: Certificates) -> None:
    sent = pushes(20)

    async def scene(at: Stage) -> int:
        for push in sent:
            await at.client.send([push])
        return at.stand_in.connections

    assert act(certificates, scene, known=sent) == 1


def test_two_calls_at_once_do_not_mix(certificates: Certificates) -> None:
    sent = pushes(60)

    async def scene(at: Stage) -> bool:
        first, second = await asyncio.gather(at.client.send(sent[:30]), at.client.send(sent[30:]))
        return [outcome.push for outcome in first + second] == sent

    assert act(certificates, scene, known=sent)


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ((400, "BadDeviceToken"), PushKind.BAD_TOKEN),
        ((400, "DeviceTokenNotForTopic"), PushKind.WRONG_TOPIC),
        ((410, "ExpiredToken"), PushKind.TOKEN_DEAD),
        ((413, "PayloadTooLarge"), PushKind.BUG),
        ((500, "InternalServerError"), PushKind.TEMPORARY),
    ],
)
def test_a_refused_push_leaves_the_others_alone(
    certificates: Certificates, refusal: tuple[int, str], kind: PushKind
) -> None:
    sent = pushes(9)
    script = Script(refused={sent[4].token: refusal})

    played = play(certificates, sent, script)

    assert played.kinds.count(PushKind.ACCEPTED) == 8
    assert (played.outcomes[4].kind, played.outcomes[4].reason) == (kind, refusal[1])


def test_a_dead_token_comes_with_the_instant_of_its_death(certificates: Certificates) -> None:
    dead_since = datetime(2026, 8, 30, 12, 0, 0, 250_000, tzinfo=UTC)

    def prepare(at: Stage) -> None:
        at.stand_in.unregister(a_push(1).token, dead_since)

    played = play(certificates, [a_push(1)], prepare=prepare)

    assert played.kinds == [PushKind.TOKEN_DEAD]
    assert played.outcomes[0].unregistered_since == dead_since


def test_a_throttled_token_is_to_be_left_alone_for_minutes(certificates: Certificates) -> None:
    sent = pushes(3)

    played = play(certificates, sent, Script(throttled={sent[1].token}))

    assert played.kinds == [PushKind.ACCEPTED, PushKind.THROTTLED, PushKind.ACCEPTED]
    assert (played.outcomes[1].retry_after_s or 0) >= 60


def test_a_push_of_another_topic_is_refused_before_it_leaves(certificates: Certificates) -> None:
    stranger = a_push(1, topic="com.apple.mgmt.External.somebody-else")

    played = play(certificates, [stranger, a_push(2)], known=[a_push(2)])

    assert played.kinds == [PushKind.WRONG_TOPIC, PushKind.ACCEPTED]
    assert played.outcomes[0].reason == LocalReason.OTHER_TOPIC
    assert played.stand_in.answers.total() == 1


@pytest.mark.parametrize("changes", [{"token": b""}, {"magic": ""}])
def test_a_push_without_token_or_magic_is_refused_before_it_leaves(
    certificates: Certificates, changes: dict[str, object]
) -> None:
    played = play(certificates, [a_push(1, **changes)], known=[])

    assert played.kinds == [PushKind.BUG]
    assert played.stand_in.connections == 0


@pytest.mark.parametrize(
    "script",
    [
        Script(stream_limit=1),
        Script(stream_limit=1, limit_after_acceptance=1000),
        Script(stream_limit=1000, limit_after_acceptance=1),
        Script(stream_limit=1, limit_after_acceptance=1000, limit_after_refusal=1),
        Script(stream_limit=7, limit_after_acceptance=3, answer_delay_s=0.001),
    ],
    ids=["one", "1 to 1000", "cut to 1", "1 to n to 1 and again", "smaller under way"],
)
def test_limits_of_streams_are_obeyed_while_they_change(
    certificates: Certificates, script: Script
) -> None:
    sent = pushes(80)
    for push in sent[10::20]:
        script.refused[push.token] = (400, "BadDeviceToken")

    played = play(certificates, sent, script)

    assert Counter(played.kinds) == {PushKind.ACCEPTED: 76, PushKind.BAD_TOKEN: 4}
    assert played.stand_in.violations == []
    assert played.stand_in.connections == 1


def test_small_windows_only_make_it_slower(certificates: Certificates) -> None:
    sent = [a_push(number, magic="m" * 300) for number in range(1, 20)]

    played = play(certificates, sent, Script(initial_window=100))

    assert played.all_accepted()
    assert played.stand_in.violations == []


def test_more_than_a_connection_window_of_pushes_passes(certificates: Certificates) -> None:
    sent = [a_push(number, magic="m" * 2000) for number in range(1, 120)]

    assert play(certificates, sent).all_accepted()


def test_after_goaway_only_what_was_not_taken_is_sent_again(certificates: Certificates) -> None:
    sent = pushes(200)

    played = play(certificates, sent, Script(goaway_every=30, goaway_reason="Shutdown"))

    assert played.all_accepted()
    assert set(played.stage.delivered.values()) == {1}
    assert played.stand_in.connections == 7
    assert played.stage.waits == []


def test_answers_that_come_after_a_goaway_count(certificates: Certificates) -> None:
    sent = pushes(40)
    script = Script(goaway_every=25, answer_delay_s=0.01)

    played = play(certificates, sent, script)

    assert played.all_accepted()
    assert set(played.stage.delivered.values()) == {1}


def test_a_goaway_that_names_the_certificate_stops_the_queue(certificates: Certificates) -> None:
    script = Script(goaway_every=1, goaway_reason="BadCertificate")

    played = play(certificates, pushes(20), script, most_streams=1)

    assert played.kinds[0] is PushKind.ACCEPTED
    assert set(played.kinds[1:]) == {PushKind.CONFIGURATION_FAULT}
    assert played.stand_in.connections == 1


def test_a_lost_connection_loses_no_push(certificates: Certificates) -> None:
    sent = pushes(200)

    played = play(certificates, sent, Script(drop_every=60), most_streams=20)

    assert played.all_accepted()
    assert all(played.was_delivered(push) for push in sent)


def test_a_connection_lost_between_calls_is_replaced(certificates: Certificates) -> None:
    async def scene(at: Stage) -> list[PushKind]:
        first = await at.client.send([a_push(1)])
        at.server.drop_connections()
        second = await at.client.send([a_push(2)])
        return [outcome.kind for outcome in first + second]

    kinds = act(certificates, scene, known=pushes(2))

    assert kinds == [PushKind.ACCEPTED, PushKind.ACCEPTED]


def test_a_reset_stream_is_sent_again_once(certificates: Certificates) -> None:
    once, twice, refused = pushes(3)
    script = Script(
        resets={
            once.token: [ErrorCodes.INTERNAL_ERROR],
            twice.token: [ErrorCodes.INTERNAL_ERROR] * 2,
            refused.token: [ErrorCodes.REFUSED_STREAM] * 3,
        }
    )

    played = play(certificates, [once, twice, refused], script)

    assert played.kinds == [PushKind.ACCEPTED, PushKind.TEMPORARY, PushKind.ACCEPTED]
    assert played.outcomes[1].reason == LocalReason.STREAM_RESET


@pytest.mark.parametrize(
    "script",
    [
        Script(resets={a_push(5).token: [ErrorCodes.ENHANCE_YOUR_CALM]}),
        Script(goaway_every=10, goaway_error=ErrorCodes.ENHANCE_YOUR_CALM),
    ],
    ids=["reset", "goaway"],
)
def test_a_server_that_asks_for_calm_gets_a_pause(
    certificates: Certificates, script: Script
) -> None:
    played = play(certificates, pushes(15), script, timing=replace(QUICK, first_wait_s=0.003))

    assert played.all_accepted()
    assert played.stage.waits == [0.003]
    assert played.stand_in.connections == 2


def test_a_storm_of_503_is_outlasted_over_new_connections(certificates: Certificates) -> None:
    played = play(certificates, pushes(50), Script(unavailable=12), most_streams=8)

    assert played.all_accepted()
    assert played.stand_in.connections == 3
    assert played.stage.waits == [QUICK.wait_after(1), QUICK.wait_after(2)]


def test_a_lasting_storm_ends_as_temporary(certificates: Certificates) -> None:
    played = play(certificates, pushes(10), Script(unavailable=10_000))

    assert set(played.kinds) == {PushKind.TEMPORARY}
    assert played.reasons == {"ServiceUnavailable": 10}
    assert played.stand_in.connections == QUICK.fruitless_rounds


def test_a_refused_certificate_stops_the_whole_queue(certificates: Certificates) -> None:
    sent = pushes(6000)

    played = play(certificates, sent, Script(bad_certificate=True), most_streams=10)

    assert set(played.kinds) == {PushKind.CONFIGURATION_FAULT}
    assert played.reasons == {"BadCertificate": 6000}
    assert played.stand_in.answers.total() <= 10


def test_a_certificate_refused_by_tls_stops_the_whole_queue(certificates: Certificates) -> None:
    strangers = make_certificates()
    client_options = {"trust_pem": certificates.authority_pem, "timing": QUICK}

    with refusing_server(certificates.server, strangers.authority_pem) as port:
        client = ApnsClient("127.0.0.1", port, *_pair(certificates.push), **client_options)
        outcomes = asyncio.run(client.send(pushes(3)))

    assert {outcome.kind for outcome in outcomes} == {PushKind.CONFIGURATION_FAULT}
    assert {outcome.reason for outcome in outcomes} == {LocalReason.CERTIFICATE_REFUSED}


def test_a_server_that_closes_before_it_greets_is_told_apart(certificates: Certificates) -> None:
    foreign = make_certificates().push

    played = play(replace(certificates, push=foreign), pushes(3))

    assert set(played.kinds) == {PushKind.TEMPORARY}
    assert played.reasons == {LocalReason.NOT_GREETED: 3}


def test_a_server_that_is_not_trusted_hears_nothing(certificates: Certificates) -> None:
    impostor = make_certificates()

    played = play(replace(certificates, server=impostor.server), pushes(2))

    assert set(played.kinds) == {PushKind.CONFIGURATION_FAULT}
    assert played.reasons == {LocalReason.SERVER_NOT_TRUSTED: 2}
    assert played.stand_in.answers.total() == 0


def test_silence_makes_the_client_reconnect(certificates: Certificates) -> None:
    sent = pushes(30)

    played = play(certificates, sent, Script(silence=10), timing=IMPATIENT)

    assert played.all_accepted()
    assert played.stand_in.connections >= 2


def test_one_silent_token_does_not_hold_up_the_others(certificates: Certificates) -> None:
    sent = pushes(30)

    played = play(certificates, sent, Script(silent={sent[7].token}), timing=IMPATIENT)

    assert played.kinds.count(PushKind.ACCEPTED) == 29
    assert played.outcomes[7].kind is PushKind.TEMPORARY
    assert played.outcomes[7].reason == LocalReason.NO_ANSWER


def test_a_call_ends_in_time_and_keeps_the_answers_it_has(certificates: Certificates) -> None:
    sent = pushes(10)

    played = play(certificates, sent, Script(silent={sent[9].token}), timeout_s=0.4)

    assert played.kinds == [PushKind.ACCEPTED] * 9 + [PushKind.TEMPORARY]
    assert played.outcomes[9].reason == LocalReason.OUT_OF_TIME


def test_an_unreachable_server_leaves_every_push_temporary(certificates: Certificates) -> None:
    async def scene(at: Stage) -> tuple[list[PushKind], int, list[float]]:
        await at.server.close()
        outcomes = await at.client.send(pushes(3))
        return [outcome.kind for outcome in outcomes], at.client.failures_in_a_row, at.waits

    kinds, failures, waits = act(certificates, scene)

    assert kinds == [PushKind.TEMPORARY] * 3
    assert failures == 5
    assert waits == [QUICK.wait_after(number) for number in (1, 2, 3, 4)]


def test_failures_are_forgotten_with_the_first_answer(certificates: Certificates) -> None:
    async def scene(at: Stage) -> list[int]:
        at.stand_in.script.unavailable = 5
        await at.client.send([a_push(1)])
        before = at.client.failures_in_a_row
        await at.client.send([a_push(1)])
        return [before, at.client.failures_in_a_row]

    assert act(certificates, scene, known=[a_push(1)]) == [5, 0]


def test_an_idle_connection_is_asked_whether_it_lives(certificates: Certificates) -> None:
    timing = replace(QUICK, idle_ping_s=0.01, stall_s=0.3)

    async def scene(at: Stage) -> int:
        await at.client.send([a_push(1)])
        while at.stand_in.pings < 2:
            await asyncio.sleep(0.005)
        await at.client.send([a_push(1)])
        return at.stand_in.connections

    assert act(certificates, scene, known=[a_push(1)], timing=timing) == 1


def test_a_cancelled_call_does_not_confuse_the_next(certificates: Certificates) -> None:
    first, second = pushes(2)

    async def scene(at: Stage) -> list[tuple[int, PushKind]]:
        sending = asyncio.ensure_future(at.client.send([first]))
        while not at.stand_in.connections:
            await asyncio.sleep(0.001)
        sending.cancel()
        await asyncio.wait([sending])
        outcomes = await at.client.send([second])
        return [(outcome.push.enrollment_id, outcome.kind) for outcome in outcomes]

    script = Script(silent={first.token})

    assert act(certificates, scene, script, known=[first, second]) == [(2, PushKind.ACCEPTED)]


def test_a_certificate_without_topic_makes_no_client(certificates: Certificates) -> None:
    server = certificates.server

    with pytest.raises(CertificateUnusable):
        ApnsClient("127.0.0.1", 1, server.certificate_pem, server.key_pem)


def test_a_certificate_of_another_key_makes_no_client(certificates: Certificates) -> None:
    push, server = certificates.push, certificates.server

    with pytest.raises(CertificateUnusable) as caught:
        ApnsClient("127.0.0.1", 1, push.certificate_pem, server.key_pem)

    assert caught.value.field == "certificate"


def test_a_push_shows_neither_token_nor_magic_when_printed() -> None:
    shown = repr(a_push(7))

    assert "magic-7" not in shown
    assert "token" not in shown


def test_an_expiry_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="expires_at"):
        a_push(1, expires_at=NOW.replace(tzinfo=None))


@pytest.mark.parametrize("seed", range(10))
def test_in_any_weather_each_push_gets_the_outcome_it_deserves(
    certificates: Certificates, seed: int
) -> None:
    dice = random.Random(seed)
    sent = pushes(60)
    script, deserved = _weather(dice, [push.token for push in sent])

    played = play(
        certificates,
        sent,
        script,
        most_streams=dice.choice([1, 3, 20, 200]),
        timing=replace(QUICK, fruitless_rounds=200),
    )

    assert [outcome.push for outcome in played.outcomes] == sent
    for outcome in played.outcomes:
        assert outcome.kind is deserved.get(outcome.push.token, PushKind.ACCEPTED)
        if outcome.kind is PushKind.ACCEPTED:
            assert played.was_delivered(outcome.push)
    assert played.stand_in.violations == []


def _weather(dice: random.Random, tokens: list[bytes]) -> tuple[Script, dict[bytes, PushKind]]:
    script = Script(
        stream_limit=dice.choice([1, 2, 10, 1000]),
        limit_after_acceptance=dice.choice([None, 1, 5, 1000]),
        limit_after_refusal=dice.choice([None, 1, 3]),
        initial_window=dice.choice([20, 65_535]),
        goaway_every=dice.choice([None, 4, 25]),
        drop_every=dice.choice([None, 9, 30]),
        unavailable=dice.choice([0, 3, 50]),
        answer_delay_s=dice.choice([0.0, 0.001]),
    )
    deserved = {}
    for token in dice.sample(tokens, 10):
        status, reason, kind = dice.choice(
            [
                (400, "BadDeviceToken", PushKind.BAD_TOKEN),
                (410, "Unregistered", PushKind.TOKEN_DEAD),
                (429, "TooManyRequests", PushKind.THROTTLED),
                (500, "InternalServerError", PushKind.TEMPORARY),
            ]
        )
        script.refused[token] = (status, reason)
        deserved[token] = kind
    for token in dice.sample(tokens, 5):
        script.resets[token] = [dice.choice([ErrorCodes.CANCEL, ErrorCodes.REFUSED_STREAM])]
    return script, deserved


def _pair(identity: Identity) -> tuple[bytes, bytes]:
    return identity.certificate_pem, identity.key_pem
