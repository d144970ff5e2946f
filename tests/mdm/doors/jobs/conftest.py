"""A house for jobs: tools on a fresh database, a Redis, and a stand-in for Apple's pushes."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mdm.base.bell import RecordingBell
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.embedded import EmbeddedRedis, start_redis
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors.jobs.push import Pusher
from mdm.rooms.audit.service import Actor
from mdm.rooms.authority import push
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.outbox import service as outbox
from mdm.simulator.apns import ApnsStandIn
from mdm.simulator.apns_certificates import StandInAuthority, StandInCertificates
from mdm.simulator.apns_thread import listening
from tests.conftest import MASTER_KEY
from tests.factories.commands import a_command
from tests.factories.devices import an_ipad

# TLS looks at the real clock, so these certificates live long around it.
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
LIFE = timedelta(days=36_500)
TOPIC = "com.apple.mgmt.External.0e0e0e0e-0000-4000-8000-000000000001"
ACTOR = Actor.system_user("test")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[EmbeddedRedis]:
    """A real Redis for this test process."""
    folder = Path(tempfile.mkdtemp(prefix="klassensatz-redis-"))
    server = start_redis(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The address of an empty Redis."""
    connection = redis.Redis.from_url(redis_server.url)
    connection.flushall()
    connection.close()
    return redis_server.url


@pytest.fixture
def clock(now: datetime) -> FixedClock:
    return FixedClock(now)


@pytest.fixture
def tools(database: Database, vault: Vault, clock: FixedClock) -> Tools:
    return Tools(Settings(master_key=MASTER_KEY), database, vault, clock, RecordingBell())


@pytest.fixture
def bell(tools: Tools) -> RecordingBell:
    assert isinstance(tools.bell, RecordingBell)
    return tools.bell


@pytest.fixture(scope="session")
def push_certificates() -> StandInCertificates:
    authority = StandInAuthority(BEGIN)
    return StandInCertificates(
        authority.certificate_pem,
        authority.issue_server(BEGIN, LIFE),
        authority.issue_push(TOPIC, BEGIN, LIFE),
        TOPIC,
    )


@dataclass
class Apple:
    """Apple's side: a stand-in that listens, and iPads it knows."""

    tools: Tools
    stand_in: ApnsStandIn
    certificates: StandInCertificates
    pusher: Pusher
    woken: list[bytes] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    made: int = 0

    def import_certificate(self) -> None:
        """Put the push certificate into use."""
        now = self.tools.clock.now()
        identity = self.certificates.push
        key = load_pem_private_key(identity.key_pem, None)
        certificate = x509.load_pem_x509_certificate(identity.certificate_pem)
        with self.tools.database.transaction() as tx:
            number = push.store_request(tx, self.tools.vault, key, b"", ACTOR, now)  # type: ignore[arg-type]
            push.store_certificate(tx, number, certificate, TOPIC, "", ACTOR, now)

    def an_ipad_that_waits(self, *, known: bool = True) -> Enrollment:
        """An iPad with a command in its queue and a push wanted; Apple knows its token or not."""
        self.made += 1
        token = self.made.to_bytes(32, "big")
        now = self.tools.clock.now()
        with self.tools.database.transaction() as tx:
            ipad = an_ipad(tx, serial=f"SIM{self.made:07d}", now=now - timedelta(days=1))
            ipad.push_token, ipad.topic = token, TOPIC
            tx.flush()
            a_command(tx, ipad, now=now)
            outbox.put(tx, outbox.PUSH, str(ipad.id), now)
        if known:
            self.stand_in.register(token, TOPIC)
        return ipad


@pytest.fixture
def apple(tools: Tools, push_certificates: StandInCertificates, tmp_path: Path) -> Iterator[Apple]:
    """A stand-in for Apple's pushes, and a pusher that talks to it."""
    woken: list[bytes] = []
    pauses: list[float] = []
    stand_in = ApnsStandIn(tools.clock.now, lambda token, _magic: woken.append(token))
    trust = tmp_path / "authority.pem"
    trust.write_bytes(push_certificates.authority_pem)
    with listening(stand_in, push_certificates) as port:
        settings = replace(
            tools.settings, apns_host="127.0.0.1", apns_port=port, apns_trust=str(trust)
        )
        pusher = Pusher(replace(tools, settings=settings), pause=pauses.append)
        yield Apple(tools, stand_in, push_certificates, pusher, woken, pauses)
        pusher.close()
