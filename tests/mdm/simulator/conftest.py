"""An iPad, a server for it, and keys that are made once."""

import random
from collections.abc import Callable, Generator
from typing import Any

import pytest

from mdm.base.clock import FixedClock
from mdm.simulator.connection import connect
from mdm.simulator.dialogue import carry
from mdm.simulator.enrolment import enrol_by_link
from mdm.simulator.hardware import Hardware, hardware_of
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.keys import KeyFolder
from mdm.simulator.surroundings import Environment
from tests.enrollment.facts import NOW
from tests.mdm.simulator.fake_server import LINK, FakeServer

MakeIpad = Callable[..., SimulatedIpad]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFolder:
    return KeyFolder(tmp_path_factory.mktemp("simulator-keys"))


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def make_ipad(keys: KeyFolder) -> MakeIpad:
    """Build an iPad that is not enrolled; further arguments go to its hardware."""

    def make(hardware: Hardware | None = None, **environment: Any) -> SimulatedIpad:
        surroundings = Environment(FixedClock(NOW), keys, **environment)
        return SimulatedIpad(0, hardware or hardware_of(0), surroundings, random.Random(1))

    return make


@pytest.fixture
def ipad(make_ipad: MakeIpad) -> SimulatedIpad:
    return make_ipad()


def talk(ipad: SimulatedIpad, server: FakeServer, conversation: Generator[Any, Any, Any]) -> Any:
    """Carry a conversation out between this iPad and this server."""
    return carry(conversation, server.send, ipad.faults, ipad.rng, lambda: ipad.is_online)


def enrol(ipad: SimulatedIpad, server: FakeServer) -> None:
    talk(ipad, server, enrol_by_link(ipad, LINK))


def poll(ipad: SimulatedIpad, server: FakeServer) -> int:
    carried_out: int = talk(ipad, server, connect(ipad))
    return carried_out


@pytest.fixture
def enrolled(ipad: SimulatedIpad, server: FakeServer) -> SimulatedIpad:
    enrol(ipad, server)
    return ipad
