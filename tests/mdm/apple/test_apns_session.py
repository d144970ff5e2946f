"""The HTTP/2 session without a network: a server of h2 on the other end, byte by byte."""

from __future__ import annotations

import h2.config
import h2.connection
import h2.events
import pytest
from h2.settings import SettingCodes

from mdm.apple.apns_answers import Judgement
from mdm.apple.apns_session import Missing, Request, Session
from mdm.apple.errors import ConnectionBroken
from mdm.apple.push import LocalReason, PushKind
from tests.mdm.apple.test_apns_frames import frame, goaway

REQUEST = Request(
    (
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "localhost"),
        (":path", "/3/device/aa"),
    ),
    b'{"mdm":"m"}',
)


class Server:
    """The other end: collects requests, answers when told."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self.h2.initiate_connection()
        self.complete: list[int] = []

    def exchange(self) -> None:
        """Carry bytes to and fro until nothing moves."""
        while True:
            to_server, to_client = self.session.outgoing(), self.h2.data_to_send()
            if not to_server and not to_client:
                return
            for event in self.h2.receive_data(to_server):
                if isinstance(event, h2.events.StreamEnded):
                    self.complete.append(event.stream_id)
            self.session.receive(to_client)

    def announce(self, limit: int) -> None:
        self.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: limit})
        self.exchange()

    def accept(self, stream_id: int) -> None:
        self.h2.send_headers(stream_id, [(":status", "200")], end_stream=True)
        self.exchange()

    def refuse(self, stream_id: int, body: bytes) -> None:
        self.h2.send_headers(stream_id, [(":status", "400")])
        self.h2.send_data(stream_id, body, end_stream=True)
        self.exchange()


def begun(count: int, most_streams: int = 100) -> tuple[Session, Server]:
    session = Session(most_streams)
    server = Server(session)
    session.begin([REQUEST] * count)
    server.exchange()
    return session, server


def test_nothing_is_opened_before_the_server_has_greeted() -> None:
    session = Session(100)
    session.begin([REQUEST])
    silent = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))

    events = silent.receive_data(session.outgoing())

    assert not any(isinstance(event, h2.events.RequestReceived) for event in events)


def test_our_own_limit_holds_beside_the_servers() -> None:
    _, server = begun(10, most_streams=3)

    assert server.complete == [1, 3, 5]


def test_a_cut_limit_lets_the_open_ones_finish_first() -> None:
    session, server = begun(8, most_streams=4)

    server.announce(1)
    for stream_id in (1, 3, 5):
        server.accept(stream_id)
    opened_under_the_cut = list(server.complete)
    server.accept(7)

    assert opened_under_the_cut == [1, 3, 5, 7]
    assert server.complete == [1, 3, 5, 7, 9]
    assert not session.is_done


def test_a_raised_limit_is_used_at_once() -> None:
    session = Session(100)
    server = Server(session)
    server.announce(1)
    session.begin([REQUEST] * 5)
    server.exchange()

    server.announce(4)

    assert server.complete == [1, 3, 5, 7]


def test_after_goaway_the_owed_answers_arrive_and_the_rest_is_unsent() -> None:
    session, server = begun(4, most_streams=3)

    session.receive(goaway(3))
    server.accept(1)
    server.refuse(3, b'{"reason": "BadDeviceToken"}')

    accepted, refused, *others = session.fates()
    assert accepted == Judgement(PushKind.ACCEPTED)
    assert isinstance(refused, Judgement)
    assert refused.kind is PushKind.BAD_TOKEN
    assert others == [Missing.UNSENT, Missing.UNSENT]
    assert session.is_done
    assert not session.is_usable


def test_a_goaway_in_the_same_bytes_as_an_answer_loses_nothing() -> None:
    session, server = begun(2)
    for stream_id in (1, 3):
        server.h2.send_headers(stream_id, [(":status", "200")], end_stream=True)
    answers = server.h2.data_to_send()

    session.receive(goaway(3) + answers)

    assert session.fates() == [Judgement(PushKind.ACCEPTED)] * 2


def test_a_friendly_goaway_may_be_followed_by_the_last_word() -> None:
    session, server = begun(2)

    session.receive(goaway(2**31 - 1))
    session.receive(goaway(1))
    server.accept(1)

    assert session.fates() == [Judgement(PushKind.ACCEPTED), Missing.UNSENT]


def test_giving_up_tells_the_sent_from_the_unsent() -> None:
    session, _ = begun(3, most_streams=2)

    session.give_up(Missing.STALLED)

    assert session.fates() == [Missing.STALLED, Missing.STALLED, Missing.UNSENT]


def test_an_answer_in_many_pieces_is_put_together() -> None:
    session, server = begun(1)
    server.h2.send_headers(1, [(":status", "410")])
    for piece in (b'{"reason": "Unregi', b'stered", "timestamp": 1000}'):
        server.h2.send_data(1, piece)
    server.h2.end_stream(1)

    server.exchange()

    assert session.fates()[0] is not Missing.UNSENT
    assert session.is_done


def test_an_answer_before_the_whole_request_frees_its_stream() -> None:
    session = Session(100)
    server = Server(session)
    server.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
    server.announce(1)
    session.begin([REQUEST] * 3)
    server.exchange()

    for stream_id in (1, 3, 5):
        server.refuse(stream_id, b'{"reason": "BadDeviceToken"}')

    assert session.is_done
    assert [type(fate) for fate in session.fates()] == [Judgement] * 3


def test_an_endless_body_is_not_collected() -> None:
    session, server = begun(1)
    server.h2.send_headers(1, [(":status", "400")])
    for _ in range(200):
        server.h2.send_data(1, b" " * 2000)
        server.exchange()
    server.h2.end_stream(1)

    server.exchange()

    (fate,) = session.fates()
    assert isinstance(fate, Judgement)
    assert fate.reason == "Status400"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff" * 50,
        frame(9, b"continues nothing", 1),
        frame(4, b"odd"),
    ],
    ids=["HTTP/1.1", "noise", "lost continuation", "broken settings"],
)
def test_bytes_that_are_no_http2_break_the_connection(nonsense: bytes) -> None:
    session, _ = begun(1)

    with pytest.raises(ConnectionBroken) as caught:
        session.receive(nonsense)

    assert caught.value.reason == LocalReason.PROTOCOL


def test_a_ping_waits_for_its_answer() -> None:
    session, server = begun(0)

    session.ping()
    waited = session.awaits_pong
    server.exchange()

    assert waited
    assert not session.awaits_pong
