"""Secrets at rest: after a whole day in the life of an iPad, none of them stands anywhere.

The day knows every secret there is: the school's passphrase, the iPad's tokens and codes, the
server's keys, links, challenges, a person's password. Afterwards database, dump, Redis and every
line of the log are searched for each of them, in clear and in the usual disguises.
"""

import base64
import io
import json
import logging
import os
import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import LargeBinary, select, update
from sqlalchemy.orm import DeclarativeBase

from mdm.base import log
from mdm.base.bell import RedisBell, connect
from mdm.base.db import Database
from mdm.base.embedded import EmbeddedRedis, start_redis
from mdm.base.embedded_postgres import EmbeddedPostgres
from mdm.base.errors import MissingMasterKey, SealBroken, WrongMasterKey
from mdm.base.identifiers import new_uuid
from mdm.base.settings import Settings
from mdm.base.tools import build_tools
from mdm.base.vault import DataKey, Vault
from mdm.rooms.access import service as access
from mdm.rooms.access.models import Role
from mdm.rooms.authority import push
from mdm.rooms.authority import service as authority
from mdm.rooms.authority.models import PushCertificate, ServerKey
from mdm.rooms.blueprints import contents
from mdm.rooms.blueprints.models import Profile, ProfileVersion
from mdm.rooms.commands import service as commands
from mdm.rooms.commands.models import CommandResult
from mdm.rooms.commands.service import Order
from mdm.rooms.devices import tokens
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.tables import load_all
from mdm.simulator.checkin import check_in
from mdm.simulator.exchange import Conversation, Response
from mdm.simulator.fleet_thread import FleetPlan, FleetThread
from mdm.simulator.http import Route
from mdm.simulator.ipad import SimulatedIpad
from policies.actions import RemoteKind
from profiles import plist
from profiles.commands.command import build
from tests.conftest import ENGINES, MASTER_KEY
from tests.contracts import leaks
from tests.journeys.house import PUBLIC_URL
from tests.journeys.school_day import CLERK, PASSPHRASE, SchoolDay
from tests.journeys.stage import Stage, a_day, a_stage
from tests.simulator_keys import SIMULATOR_KEYS

PASSWORD = "ein sehr geheimes Kennwort"
BOOTSTRAP_TOKEN = b"bootstrap-token-that-nobody-may-see"
FIRST_NUMBER = 40_000
PUSH_KEY = 9_999


@dataclass(frozen=True, slots=True)
class Lived:
    """A house after a day. secrets: by name. said: every log line. disk: the files of SQLite."""

    stage: Stage
    secrets: dict[str, bytes]
    said: str
    bell: EmbeddedRedis
    disk: Path


@contextmanager
def loud() -> Iterator[io.StringIO]:
    """Let this process say everything it has to say, as with LOG_LEVEL=DEBUG."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    log.configure("DEBUG", stream)
    try:
        yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.fixture(scope="module", params=ENGINES)
def lived(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lived]:
    """A day with one iPad, on each engine in turn; the tests only look at what is left of it."""
    folder = tmp_path_factory.mktemp("lived")
    with ExitStack() as stack:
        said = stack.enter_context(loud())
        bell = start_redis(folder / "redis")
        stack.callback(bell.stop)
        database = Database(stack.enter_context(_url(request, folder)))
        stack.callback(database.close)
        stage = stack.enter_context(a_stage(database))
        stage.change_house(database, bell=RedisBell(bell.url))
        with a_fleet(stage) as fleet:
            ipad = fleet.ipads[0]
            day = a_day(stage, fleet.ipads)
            link = day.link()
            secrets = secrets_before(stage, link)
            fleet.enrol(ipad, link)
            secrets |= secrets_of(ipad)
            live_through(stage, fleet, day, ipad)
        yield Lived(stage, secrets, said.getvalue(), bell, folder / "disk")


@contextmanager
def _url(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        path = folder / "disk" / "klassensatz.sqlite"
        path.parent.mkdir()
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template: str = request.getfixturevalue("postgres_template")
    postgres: EmbeddedPostgres = request.getfixturevalue("postgres")
    name = f"lived_{os.getpid()}"
    postgres.create(name, template)
    yield postgres.url(name)
    postgres.drop(name)


def a_fleet(stage: Stage) -> FleetThread:
    route = Route(PUBLIC_URL, stage.address)
    return FleetThread(
        FleetPlan(1, SIMULATOR_KEYS, (route,), first_number=FIRST_NUMBER, clock=stage.clock)
    )


def secrets_before(stage: Stage, link: str) -> dict[str, bytes]:
    """What the house itself holds."""
    tools = stage.tools
    with tools.database.transaction() as tx:
        access.add_person(
            tx, "manager_a", "manager_a", Role.READER, PASSWORD, CLERK, tools.clock.now()
        )
        root = authority.authorities(tx, tools.vault)[0][1].private_key
        signer = authority.signer(tx, tools.vault).private_key
        (data_key,) = tools.vault._keys.values()
    assert isinstance(root, rsa.RSAPrivateKey)
    assert isinstance(signer, rsa.RSAPrivateKey)
    return {
        "passphrase": PASSPHRASE.encode(),
        "console password": PASSWORD.encode(),
        "link": link.rpartition("/")[2].rpartition(".")[2].encode(),
        "master key": MASTER_KEY,
        "data key": data_key,
        "authority key": prime(root),
        "signer key": prime(signer),
        "push key": prime(SIMULATOR_KEYS.key(PUSH_KEY)),
    }


def secrets_of(ipad: SimulatedIpad) -> dict[str, bytes]:
    """What the iPad and the house share."""
    assert ipad.enrolment is not None
    (request,) = ipad.profiles.payloads("com.apple.security.scep")
    content = plist.dictionary(request.content, "PayloadContent")
    return {
        "challenge": plist.text(content, "Challenge").encode(),
        "unlock token": ipad.unlock_token,
        "bootstrap token": BOOTSTRAP_TOKEN,
        "bypass code": (ipad.bypass_code or "").encode(),
        "push magic": ipad.enrolment.channel.magic.encode(),
    }


def prime(key: rsa.RSAPrivateKey) -> bytes:
    """A number that stands in every form of the private key, and in no public one."""
    return key.private_numbers().p.to_bytes(128 if key.key_size == 2048 else key.key_size // 16)


def live_through(stage: Stage, fleet: FleetThread, day: SchoolDay, ipad: SimulatedIpad) -> None:
    """Everything that touches a secret: profiles, tokens, codes, orders, nonsense."""
    fleet.carry(ipad, lambda: set_bootstrap_token(ipad))
    tools = stage.tools
    with tools.database.transaction() as tx:
        number = tx.scalars(select(Enrollment.id)).one()
        ask = Order(number, build("ActivationLockBypassCode"), None, "journey", CLERK)
        commands.enqueue(tx, tools.vault, ask, new_uuid(), tools.clock.now())
    day.order(RemoteKind.CLEAR_PASSCODE, [ipad.serial_number])
    stage.live(fleet, [ipad])
    fleet.carry(ipad, lambda: say_nonsense(ipad))
    assert stage.states(ipad, "InstallProfile") == ["proven"] * 2
    assert stage.states(ipad, "ActivationLockBypassCode") == ["proven"]
    assert stage.states(ipad, "ClearPasscode") == ["proven"]


def set_bootstrap_token(ipad: SimulatedIpad) -> Conversation[Response]:
    enrolment = ipad.enrolment
    assert enrolment is not None
    keys = {"BootstrapToken": BOOTSTRAP_TOKEN}
    return (yield from check_in(ipad, enrolment, enrolment.channel, "SetBootstrapToken", keys))


def say_nonsense(ipad: SimulatedIpad) -> Conversation[Response]:
    """A message that is refused although it is signed, with a secret where none belongs."""
    enrolment = ipad.enrolment
    assert enrolment is not None
    keys = {"UnlockToken": PASSPHRASE, "Token": PASSPHRASE, "PushMagic": PASSPHRASE}
    return (yield from check_in(ipad, enrolment, enrolment.channel, "TokenUpdate", keys))


def at_rest(secrets: dict[str, bytes]) -> dict[str, bytes]:
    """Without the push magic: it wakes nobody without the push key, and lies in the open."""
    return {name: value for name, value in secrets.items() if name != "push magic"}


def test_no_row_holds_a_secret_in_clear(lived: Lived) -> None:
    found = leaks.leaks(lived.secrets, leaks.rows(lived.stage.database))

    # What lies in the open is found, so the rest would have been.
    assert found == ["push magic in enrollment.push_magic (clear)"]


def test_no_line_of_the_log_holds_a_secret(lived: Lived) -> None:
    found = leaks.leaks(lived.secrets, [("log", lived.said.encode())])

    assert "device_refused" in lived.said
    assert found == []


def test_redis_holds_wake_ups_and_no_secret(lived: Lived) -> None:
    connection = connect(lived.bell.url)
    found = leaks.leaks(lived.secrets, leaks.everything_in(connection))
    jobs = [connection.hgetall(key) for key in connection.scan_iter("rq:job:*", _type="hash")]
    connection.close()

    assert found == leaks.leaks(lived.secrets, leaks.files(lived.bell.folder)) == []
    assert jobs
    assert all(is_empty_handed(job) for job in jobs)


def is_empty_handed(job: dict[bytes, bytes]) -> bool:
    """Whether a job is written in JSON and carries nothing."""
    _name, instance, args, kwargs = json.loads(leaks._inflated(job[b"data"]) or job[b"data"])
    return instance is None and not args and not kwargs


@pytest.mark.parametrize("lived", ["sqlite"], indirect=True)
def test_the_files_of_sqlite_hold_no_secret(lived: Lived) -> None:
    """As they lie on the disk, with the write-ahead log and pages that are free again."""
    found = leaks.leaks(at_rest(lived.secrets), leaks.files(lived.disk))

    assert {path.suffix for path in lived.disk.iterdir()} >= {".sqlite", ".sqlite-wal"}
    assert found == []


@pytest.mark.parametrize("lived", ["postgresql"], indirect=True)
def test_a_dump_of_postgresql_holds_no_secret(lived: Lived, postgres: EmbeddedPostgres) -> None:
    dump = pg_dump(postgres, str(lived.stage.database.url.database))

    assert b"COPY public.command" in dump
    assert leaks.leaks(at_rest(lived.secrets), [("dump", dump)]) == []


def pg_dump(postgres: EmbeddedPostgres, name: str) -> bytes:
    program = Path(postgres.server.bin_path) / "pg_dump"
    url = postgres.owner_url(name).replace("+psycopg", "")
    run = subprocess.run([program, url], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


def test_the_search_finds_what_is_there() -> None:
    """A search that finds nothing proves nothing, unless it would have found something."""
    secret = {"secret": b"a secret of some length, as they are"}
    blob = b"x" + secret["secret"]
    places = [
        ("clear", blob),
        ("hex", blob.hex().encode()),
        ("base64", base64.b64encode(blob)),
        ("utf-16", blob.decode().encode("utf-16")),
    ]
    packed = list(leaks._unpacked("packed", b"header" + zlib.compress(blob)))

    found = {line.split(" in ")[1].split(" (")[0] for line in leaks.leaks(secret, places + packed)}

    assert found == {"clear", "hex", "base64", "utf-16", "packed, unpacked"}


Open = Callable[[object, Vault, object], object]


def test_a_sealed_field_copied_to_another_row_does_not_open(lived: Lived) -> None:
    """Each sealed column in turn: its value is moved to a second row of the same table."""
    stage, vault = lived.stage, lived.stage.tools.vault
    with stage.database.transaction() as tx:
        mine = tx.scalars(select(Enrollment)).one()
        other = Enrollment(
            device_id=mine.device_id,
            key="UDID-OTHER",
            state=mine.state,
            sealed_unlock_token=mine.sealed_unlock_token,
            sealed_bootstrap_token=mine.sealed_bootstrap_token,
        )
        tx.add(other)
        tx.flush()
        first, second = tx.scalars(select(ProfileVersion).order_by(ProfileVersion.id)).all()
        second.sealed_content = first.sealed_content
        identifier = tx.get_one(Profile, second.profile_id).identifier
        root, signer = tx.scalars(select(ServerKey).order_by(ServerKey.id)).all()
        signer.sealed_key = root.sealed_key
        answers = tx.scalars(select(CommandResult).order_by(CommandResult.id).limit(2)).all()
        request = push.store_request(
            tx, vault, SIMULATOR_KEYS.key(PUSH_KEY), b"", CLERK, stage.clock.now()
        )
        used = tx.scalars(select(PushCertificate.sealed_key).order_by(PushCertificate.id)).first()
        tx.execute(
            update(PushCertificate).where(PushCertificate.id == request).values(sealed_key=used)
        )
        tx.expire_all()

        attempts: dict[str, Callable[[], object]] = {
            "enrollment.sealed_unlock_token": lambda: tokens.unlock_token(vault, other),
            "enrollment.sealed_bootstrap_token": lambda: tokens.bootstrap_token(vault, other),
            "profile_version.sealed_content": lambda: contents.open_content(
                vault, identifier, second
            ),
            "server_key.sealed_key": lambda: authority.signer(tx, vault),
            "push_certificate.sealed_key": lambda: push.open_request(tx, vault),
            "command_result.sealed": lambda: vault.open(
                answers[0].sealed, f"command_result:{answers[1].command_uuid}"
            ),
            "command.sealed_parameters": lambda: vault.open(
                vault.seal(b"parameters", "command.parameters:one"), "command.parameters:two"
            ),
            "roster_import.sealed_roster": lambda: vault.open(
                vault.seal(b"a roster", "roster_import:1"), "roster_import:2"
            ),
            "status_report.sealed": lambda: vault.open(
                vault.seal(b"a report", "status_report:1"), "status_report:2"
            ),
            "profile_address.sealed_secret": lambda: vault.open(
                vault.seal(b"a secret", "profile_address:1"), "profile_address:2"
            ),
        }
        for name, attempt in attempts.items():
            with pytest.raises(SealBroken):
                attempt()
            assert name in sealed_columns(load_all())
        assert attempts.keys() == sealed_columns(load_all())
        tx.rollback()


def sealed_columns(base: type[DeclarativeBase]) -> set[str]:
    """Every column that holds something sealed."""
    return {
        f"{table.name}.{column.name}"
        for table in base.metadata.sorted_tables
        for column in table.columns
        if column.name.startswith("sealed") and isinstance(column.type, LargeBinary)
    }


def test_a_process_with_a_wrong_master_key_does_not_start(
    database: Database, vault: Vault, database_url: str
) -> None:
    settings = Settings(database_url=database_url, master_key=b"w" * 32)
    before = list(leaks.rows(database))

    with pytest.raises(WrongMasterKey):
        build_tools(settings)

    assert list(leaks.rows(database)) == before


def test_a_process_without_a_master_key_does_not_start_and_writes_nothing(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(MissingMasterKey):
        build_tools(Settings(database_url=database_url, home=tmp_path / "empty"))

    with database.reading() as tx:
        assert tx.scalars(select(DataKey)).all() == []


def test_the_socket_of_the_embedded_redis_is_its_owners_alone(tmp_path: Path) -> None:
    """Redis has no password here: who may open the socket may ring, and nobody else should."""
    server = start_redis(tmp_path / "redis")
    connection = redis.Redis(unix_socket_path=str(server.socket), decode_responses=True)

    ports, mode = connection.config_get("port"), server.socket.stat().st_mode
    connection.close()
    server.stop()

    assert ports == {"port": "0"}
    assert mode & 0o077 == 0


def test_a_socket_outside_a_deep_home_is_its_owners_alone_too(tmp_path: Path) -> None:
    deep = tmp_path / ("a-folder-with-a-long-name/" * 5) / "redis"
    server = start_redis(deep)

    mode = server.socket.stat().st_mode
    server.stop()

    assert server.socket.parent != deep
    assert mode & 0o077 == 0
