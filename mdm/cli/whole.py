"""The whole house on one machine: what `mdm up` and `mdm demo` run, in which order.

First everything that can be refused (settings, another run, the master key), then the engines,
then web and workers, then the question whether it answers.
"""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from mdm.base.bell import Job
from mdm.base.embedded import socket_of
from mdm.base.settings import PREFIX, Settings, read_settings
from mdm.base.tools import Tools, build_tools
from mdm.cli.address import Address
from mdm.cli.certificate import forget_tls, root_path, written_tls
from mdm.cli.child import DEVICE_WEB, WEB, web_arguments, worker_name
from mdm.cli.ending import Ending
from mdm.cli.home import ensure_master_key, only_one, prepare_home
from mdm.cli.processes import Child, end_left_over
from mdm.cli.remembered import environment_with, remember
from mdm.cli.supervisor import StartFailed, Supervisor
from mdm.cli.upgrading import upgrade_database
from mdm.rooms.authority import service as authority
from mdm.rooms.tables import load_all

_START_S = 90.0
_ASK_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    devices: another address for devices alone, as a city has it; None: they share the first.
    overrides: settings by field name, over those of the environment.
    log_folder: where each child writes its log; None for our standard error.
    """

    address: Address
    devices: Address | None = None
    web_workers: int = 1
    overrides: Mapping[str, str] = field(default_factory=dict)
    log_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """A running house: tools on its database, and who looks after its processes."""

    tools: Tools
    supervisor: Supervisor


@contextmanager
def running(
    plan: Plan, ending: Ending, furnish: Callable[[Tools], None] = lambda tools: None
) -> Iterator[Whole]:
    """Run the whole house in its home folder while the block runs.

    ending: may end it while it starts, which is no failure; the block listens to it itself.
    furnish: called once the database is in order and before any process starts.

    raises: Conflict (another run lives there), StartFailed, SettingsError, WrongMasterKey,
        EngineMissing, EngineFailed.
    """
    home = prepare_home(read_settings(environment_with(plan.overrides)).home)
    with only_one(home):
        end_left_over(home)
        forget_tls(home)
        environment = _environment(plan, home)
        settings = read_settings(environment)
        tools = _prepare(settings)
        try:
            furnish(tools)
            with _started(plan, environment, tools, ending) as supervisor:
                yield Whole(tools, supervisor)
        finally:
            tools.database.close()


def _environment(plan: Plan, home: Path) -> dict[str, str]:
    """What every process of this run is told; the home by its full path, as processes move."""
    said = {**plan.overrides, "home": str(home), "public_url": plan.address.public_url}
    if not read_settings(environment_with(said)).redis_url:
        said["redis_url"] = f"unix://{socket_of(home / 'redis')}"
    return environment_with(said)


def _prepare(settings: Settings) -> Tools:
    """Bring the database up to date and open the vault before anybody else does."""
    if not settings.master_key:
        ensure_master_key(settings.home)
    load_all()
    upgrade_database(settings, settings.database_owner)
    remember(settings)
    tools = build_tools(settings)
    with tools.database.transaction() as tx:
        authority.ensure(tx, tools.vault, settings.organization, tools.clock.now())
    return tools


@contextmanager
def _started(
    plan: Plan, environment: dict[str, str], tools: Tools, ending: Ending
) -> Iterator[Supervisor]:
    home = tools.settings.home
    if plan.log_folder is not None:
        plan.log_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    supervisor = Supervisor(home, environment, plan.log_folder)
    with _certificate(plan.address, tools) as folder:
        try:
            if tools.settings.redis_url == f"unix://{socket_of(home / 'redis')}":
                supervisor.start_redis()
            address = plan.address
            told = web_arguments(address.host, address.port, plan.web_workers, folder)
            supervisor.start(Child(WEB, home, (told,)))
            if plan.devices is not None:
                _start_devices(supervisor, home, plan.devices, environment)
            for job in Job:
                supervisor.start(Child(worker_name(job), home))
            for each in filter(None, (address, plan.devices)):
                _await_health(each, supervisor, ending)
            yield supervisor
        finally:
            supervisor.end()


def _start_devices(
    supervisor: Supervisor, home: Path, devices: Address, environment: dict[str, str]
) -> None:
    told = web_arguments(devices.host, devices.port, 1, None)
    public = {f"{PREFIX}PUBLIC_URL": devices.public_url}
    supervisor.start(Child(DEVICE_WEB, home, (told,)), environment | public)


def _certificate(address: Address, tools: Tools) -> AbstractContextManager[Path | None]:
    if not address.is_tls_here:
        return nullcontext()
    return written_tls(tools, tools.settings.home, address.names)


def _await_health(address: Address, supervisor: Supervisor, ending: Ending) -> None:
    """Wait until the web server answers, or somebody asks to end. raises: StartFailed."""
    trust = _trust(address, supervisor.home)
    deadline = time.monotonic() + _START_S
    with httpx.Client(verify=trust, trust_env=False, timeout=5.0) as client:
        while time.monotonic() < deadline:
            supervisor.look_after()
            if _is_healthy(client, f"{address.local_url}/healthz"):
                return
            if ending.wait(_ASK_AGAIN_S):
                return
    raise StartFailed(f"{address.local_url}/healthz did not answer within {_START_S:.0f} seconds")


def _trust(address: Address, home: Path) -> ssl.SSLContext | bool:
    if not address.is_tls_here:
        return True
    return ssl.create_default_context(cafile=root_path(home))


def _is_healthy(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == 200
    except httpx.TransportError:
        return False
