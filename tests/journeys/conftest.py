"""A server with everything but Apple, and a few simulated iPads that can reach it."""

from collections.abc import Iterator

import pytest

from mdm.base.bell import RecordingBell
from mdm.base.clock import SystemClock
from mdm.base.db import Database
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.base.vault import open_vault
from mdm.doors import wire
from mdm.simulator.fleet_thread import FleetPlan, FleetThread
from mdm.simulator.http import Route
from mdm.simulator.keys import KeyFolder
from tests.conftest import MASTER_KEY
from tests.journeys.house import PUBLIC_URL, House, running


@pytest.fixture(scope="session")
def simulator_keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFolder:
    """The keys of the iPads, made once."""
    return KeyFolder(tmp_path_factory.mktemp("journey-keys"))


@pytest.fixture
def house(database: Database, simulator_keys: KeyFolder) -> Iterator[House]:
    """A whole server on the engine of the test."""
    clock = SystemClock()
    with database.transaction() as tx:
        vault = open_vault(tx, MASTER_KEY, clock.now())
    settings = Settings(public_url=PUBLIC_URL, organization="Beispielstadt")
    tools = Tools(settings, database, vault, clock, RecordingBell())
    with running(tools, simulator_keys.key(9999)) as house:
        yield house
        door = house.app.extensions[wire.DOOR]
        door.fast.driver.close()
        door.last_seen.close()


@pytest.fixture
def fleet(house: House, simulator_keys: KeyFolder) -> Iterator[FleetThread]:
    """Three iPads that are not enrolled yet."""
    route = Route(PUBLIC_URL, house.address)
    with FleetThread(FleetPlan(3, simulator_keys, (route,), tick_s=0.01)) as fleet:
        yield fleet
