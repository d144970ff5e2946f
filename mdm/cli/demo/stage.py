"""The stage: a stand-in for Apple's push service, the whole house, and the simulated iPads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mdm.base.clock import SystemClock
from mdm.base.tools import Tools
from mdm.cli.address import Address, choose_address
from mdm.cli.demo.scene import Scene, claim_home, set_scene, use_push_certificate
from mdm.cli.demo.script import DEVICE_URL, TOPIC_ID
from mdm.cli.ending import Ending
from mdm.cli.home import prepare_home
from mdm.cli.supervisor import Supervisor
from mdm.cli.whole import Plan, running
from mdm.simulator.apns import ApnsStandIn
from mdm.simulator.apns_certificates import StandInCertificates, make_stand_in_certificates
from mdm.simulator.apns_thread import listening
from mdm.simulator.fleet_thread import FleetPlan, FleetThread
from mdm.simulator.hardware import hardware_of
from mdm.simulator.http import Route
from mdm.simulator.keys import KeyFolder

# A demonstration hurries: contacts are written down and rows looked at every moment, and no
# budget of a campus manager is used up by watching it a few times.
_HURRY = {
    "last_seen_seconds": "1",
    "sweep_seconds": "2",
    "erase_quota_person": "1000",
    "erase_quota_city": "1000",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs. tools: as the devices' web server has them, for links."""

    tools: Tools
    supervisor: Supervisor
    fleet: FleetThread
    scene: Scene


@contextmanager
def on_stage(home: Path, address: Address, count: int, ending: Ending) -> Iterator[Stage]:
    """Run everything with `count` iPads that are not enrolled yet while the block runs.

    raises: what `whole.running` raises, Conflict (the home belongs to another installation).
    """
    home = prepare_home(home)
    claim_home(home)
    clock = SystemClock()
    stand_in = ApnsStandIn(clock.now)
    certificates = make_stand_in_certificates(clock.now(), TOPIC_ID)
    with _trust_file(certificates) as trust, listening(stand_in, certificates) as port:
        apns = {"apns_host": "127.0.0.1", "apns_port": str(port), "apns_trust": str(trust)}
        devices = choose_address("127.0.0.1", 0, DEVICE_URL, tls=False)
        plan = Plan(
            address,
            devices,
            overrides=_HURRY | _engines(home) | apns,
            log_folder=home / "log",
        )
        with running(plan, ending, lambda tools: _furnish(tools, certificates)) as whole:
            tools = _at_devices(whole.tools)
            scene = _prepare(tools, count)
            routes = (Route(DEVICE_URL, devices.local_url),)
            keys = KeyFolder(home / "simulator")
            with FleetThread(FleetPlan(count, keys, routes, stand_in=stand_in)) as fleet:
                yield Stage(tools, whole.supervisor, fleet, scene)


def _at_devices(tools: Tools) -> Tools:
    """The tools as the devices' web server has them: links lead there."""
    return replace(tools, settings=replace(tools.settings, public_url=DEVICE_URL))


def _engines(home: Path) -> dict[str, str]:
    """The embedded engines, whatever the environment says: never a city's own database."""
    database = f"sqlite:///{home / 'klassensatz.sqlite'}"
    return {"database_url": database, "database_owner_url": database, "redis_url": ""}


@contextmanager
def _trust_file(certificates: StandInCertificates) -> Iterator[Path]:
    with TemporaryDirectory(prefix="klassensatz-demo-") as folder:
        file = Path(folder) / "push-service.pem"
        file.write_bytes(certificates.authority_pem)
        yield file


def _furnish(tools: Tools, certificates: StandInCertificates) -> None:
    with tools.database.transaction() as tx:
        use_push_certificate(tx, tools, certificates)


def _prepare(tools: Tools, count: int) -> Scene:
    serials = [hardware_of(number).serial_number for number in range(count)]
    with tools.database.transaction() as tx:
        return set_scene(tx, tools, serials)
