"""A stage for the push client: a stand-in on loopback, a client before it, one call, the result."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mdm.apple.apns import ApnsClient
from mdm.apple.apns_timing import Timing
from mdm.apple.push import Push, PushKind, PushOutcome
from mdm.simulator.apns import ApnsStandIn
from mdm.simulator.apns_certificates import Identity, StandInAuthority, StandInCertificates
from mdm.simulator.apns_script import Script
from mdm.simulator.apns_server import ApnsServer, server_context

# TLS looks at the real clock, so certificates of the stage live long around it.
NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
TOPIC = "com.apple.mgmt.External.0e0e0e0e-0000-4000-8000-000000000001"

QUICK = Timing(first_wait_s=0.001, longest_wait_s=0.004, stall_s=20.0, whole_s=60.0)
IMPATIENT = Timing(first_wait_s=0.001, longest_wait_s=0.004, stall_s=0.15, whole_s=60.0)


def make_certificates() -> StandInCertificates:
    authority = StandInAuthority(BEGIN)
    life = timedelta(days=36_500)
    return StandInCertificates(
        authority.certificate_pem,
        authority.issue_server(BEGIN, life),
        authority.issue_push(TOPIC, BEGIN, life),
        TOPIC,
    )


def a_push(number: int, **changes: Any) -> Push:
    values: dict[str, Any] = {
        "enrollment_id": number,
        "token": number.to_bytes(32, "big"),
        "magic": f"magic-{number}",
        "topic": TOPIC,
        "expires_at": NOW + timedelta(days=7),
    }
    return Push(**(values | changes))


def pushes(count: int) -> list[Push]:
    return [a_push(number) for number in range(1, count + 1)]


@dataclass
class Stage:
    client: ApnsClient
    stand_in: ApnsStandIn
    server: ApnsServer
    delivered: Counter[tuple[bytes, str]] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    def expect_delivery(self) -> asyncio.Event:
        """Return an event for the next delivery to the device of push 1."""
        arrived = asyncio.Event()

        def hear(token: bytes, magic: str) -> None:
            self.delivered.update([(token, magic)])
            arrived.set()

        self.stand_in.subscribe(a_push(1).token, hear)
        return arrived


@dataclass
class Played:
    outcomes: list[PushOutcome]
    stage: Stage

    @property
    def kinds(self) -> list[PushKind]:
        return [outcome.kind for outcome in self.outcomes]

    @property
    def reasons(self) -> Counter[str]:
        return Counter(outcome.reason for outcome in self.outcomes)

    @property
    def stand_in(self) -> ApnsStandIn:
        return self.stage.stand_in

    def all_accepted(self) -> bool:
        return set(self.kinds) == {PushKind.ACCEPTED}

    def was_delivered(self, push: Push) -> bool:
        return (push.token, push.magic) in self.stage.delivered


@asynccontextmanager
async def stage(
    certificates: StandInCertificates,
    script: Script | None = None,
    known: Sequence[Push] = (),
    timing: Timing = QUICK,
    most_streams: int = 200,
):
    delivered: Counter[tuple[bytes, str]] = Counter()
    waits: list[float] = []
    stand_in = ApnsStandIn(lambda: NOW, lambda t, m: delivered.update([(t, m)]), script)
    for push in known:
        stand_in.register(push.token, push.topic)
    server = await ApnsServer.serve(stand_in, certificates.server, certificates.authority_pem)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    client = ApnsClient(
        "127.0.0.1",
        server.port,
        certificates.push.certificate_pem,
        certificates.push.key_pem,
        trust_pem=certificates.authority_pem,
        timing=timing,
        most_streams=most_streams,
        sleep=sleep,
    )
    try:
        yield Stage(client, stand_in, server, delivered, waits)
    finally:
        await client.close()
        await server.close()


def play(
    certificates: StandInCertificates,
    sent: Sequence[Push],
    script: Script | None = None,
    *,
    known: Sequence[Push] | None = None,
    timing: Timing = QUICK,
    most_streams: int = 200,
    timeout_s: float | None = None,
    prepare: Callable[[Stage], object] = lambda _: None,
) -> Played:
    """Send once and return what happened; `known` tokens default to those sent."""

    async def scene(at: Stage) -> Played:
        prepare(at)
        return Played(await at.client.send(sent, timeout_s), at)

    known = sent if known is None else known
    return act(certificates, scene, script, known=known, timing=timing, most_streams=most_streams)


def act(
    certificates: StandInCertificates,
    scene: Callable[[Stage], Awaitable[Any]],
    script: Script | None = None,
    *,
    known: Sequence[Push] = (),
    timing: Timing = QUICK,
    most_streams: int = 200,
) -> Any:
    """Let a scene play on a stage; it may take a minute at most, so that nothing hangs."""

    async def whole() -> Any:
        async with stage(certificates, script, known, timing, most_streams) as at:
            return await asyncio.wait_for(scene(at), 60)

    return asyncio.run(whole())


@contextmanager
def refusing_server(identity: Identity, trusted_pem: bytes) -> Iterator[int]:
    """Listen for one connection and refuse its certificate with a TLS alert, as Apple does.

    The stand-in cannot: asyncio closes a failed handshake without sending the alert.
    """
    context = server_context(identity, trusted_pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_refuse, args=(listener, context))
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def _refuse(listener: socket.socket, context: ssl.SSLContext) -> None:
    plain, _ = listener.accept()
    tls = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
    with contextlib.suppress(ssl.SSLError):
        tls.do_handshake()
    with socket.socket(fileno=tls.detach()) as rest:
        rest.shutdown(socket.SHUT_WR)
        while rest.recv(4096):
            pass
