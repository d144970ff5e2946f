"""The push client in its thread, used by code without asyncio."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mdm.apple.apns import ApnsClient
from mdm.apple.errors import CertificateUnusable
from mdm.apple.push import LocalReason, PushKind
from mdm.apple.push_sender import PushSender
from mdm.simulator.apns import ApnsStandIn
from mdm.simulator.apns_certificates import StandInCertificates
from mdm.simulator.apns_script import Script
from mdm.simulator.apns_thread import listening
from tests.mdm.apple.stage import NOW, QUICK, TOPIC, pushes


@contextmanager
def sending(
    certificates: StandInCertificates, script: Script | None = None
) -> Iterator[tuple[PushSender, ApnsStandIn]]:
    stand_in = ApnsStandIn(lambda: NOW, lambda token, magic: None, script)
    for push in pushes(50):
        stand_in.register(push.token, push.topic)
    with listening(stand_in, certificates) as port:
        identity = certificates.push
        sender = PushSender(
            lambda: ApnsClient(
                "127.0.0.1",
                port,
                identity.certificate_pem,
                identity.key_pem,
                trust_pem=certificates.authority_pem,
                timing=QUICK,
            )
        )
        with sender:
            yield sender, stand_in


def test_batches_go_over_one_lasting_connection(certificates: StandInCertificates) -> None:
    with sending(certificates) as (sender, stand_in):
        outcomes = [sender.send(pushes(50), timeout_s=30) for _ in range(3)]

    assert {outcome.kind for batch in outcomes for outcome in batch} == {PushKind.ACCEPTED}
    assert stand_in.connections == 1


def test_a_send_returns_in_time_from_a_silent_server(certificates: StandInCertificates) -> None:
    with sending(certificates, Script(silence=1000)) as (sender, _):
        outcomes = sender.send(pushes(3), timeout_s=0.2)

    assert {outcome.reason for outcome in outcomes} == {LocalReason.OUT_OF_TIME}


def test_closing_ends_a_send_under_way(certificates: StandInCertificates) -> None:
    outcomes = []
    with sending(certificates, Script(silence=1000)) as (sender, stand_in):
        thread = threading.Thread(target=lambda: outcomes.extend(sender.send(pushes(2), 30)))
        thread.start()
        while not stand_in.connections:
            thread.join(0.01)
        sender.close()
        thread.join(10)

    assert [outcome.kind for outcome in outcomes] == [PushKind.TEMPORARY] * 2


def test_a_closed_sender_sends_no_more(certificates: StandInCertificates) -> None:
    with sending(certificates) as (sender, stand_in):
        sender.close()
        sender.close()
        outcomes = sender.send(pushes(2), timeout_s=5)

    assert {outcome.reason for outcome in outcomes} == {LocalReason.CLOSED}
    assert stand_in.connections == 0


def test_the_sender_tells_topic_and_failures(certificates: StandInCertificates) -> None:
    with sending(certificates, Script(unavailable=1000)) as (sender, _):
        sender.send(pushes(1), timeout_s=30)

        assert sender.failures_in_a_row == QUICK.fruitless_rounds
        assert sender.topic == TOPIC


def test_an_unusable_certificate_is_told_at_once() -> None:
    with pytest.raises(CertificateUnusable):
        PushSender(lambda: ApnsClient("127.0.0.1", 1, b"", b""))
