"""`mdm up` as real processes that are killed at any moment, and started again as systemd would.

Here: one home folder with everything that runs in it, and killing by name. Not here: what the
iPads do meanwhile (school_day.py), what must be true in the end (accounting.py).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import psutil

from mdm.base.bell import Job
from mdm.base.embedded import command_line, socket_of
from mdm.cli.child import WEB, worker_name
from mdm.cli.processes import Child, on_leash
from mdm.simulator.fleet_thread import FleetThread

T = TypeVar("T")

_LOOK_S = 0.05
# A whole house starts within seconds, but not where a dozen others start at the same time.
_PATIENCE_S = 180.0
# A kill comes after so many requests of the fleet, or after so long when nothing moves.
_REQUESTS = (20, 200)
_LONGEST_LULL_S = 4.0

SERVING = "serving"
"""The process within the web server that answers; its parent starts it again."""
REDIS = "redis"
EVERYTHING = "up"
"""The parent of all: the kernel ends the others, and the next run finds a killed one's home."""
TARGETS = (WEB, SERVING, *(worker_name(job) for job in Job), REDIS, EVERYTHING)


@dataclass
class KilledHouse:
    """A house that keeps running, whatever is killed in it.

    environment: of every process. more_targets: what else may be killed, by name.
    """

    home: Path
    port: int
    public_url: str
    environment: Mapping[str, str]
    more_targets: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    killed: list[str] = field(default_factory=list)
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it really listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Everything that any process of it said."""
        return self.home.parent / "house.log"

    def look_after(self) -> None:
        """Start what has ended as a whole; to be called from one thread."""
        if self._process is not None and self._process.poll() is None:
            return
        self.starts += 1
        options = ("--port", str(self.port), "--public-url", self.public_url)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*on_leash(), sys.executable, "-m", "mdm.cli", "up", *options],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def is_healthy(self) -> bool:
        """Whether it answers."""
        try:
            answer = httpx.get(f"{self.address}/healthz", timeout=5.0, trust_env=False)
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    def await_health(self) -> None:
        """Wait until it answers; the other thread starts it if need be."""
        assert wait_until(self.is_healthy, _PATIENCE_S), self.last_words()

    def kill(self, target: str) -> bool:
        """Send SIGKILL; returns whether there was anybody to receive it."""
        if target in self.more_targets:
            self.more_targets[target]()
            self.killed.append(target)
            return True
        pid = self._pid(target)
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.killed.append(target)
        return True

    def end(self) -> None:
        """End it in order, as Ctrl-C does."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """The end of the log, for a test that fails."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def _pid(self, target: str) -> int | None:
        if target == EVERYTHING:
            return self._process.pid if self._process is not None else None
        if target == REDIS:
            return _live(self.home / "redis" / "redis.pid", "redis-server")
        child = Child(WEB if target == SERVING else target, self.home)
        pid = _live(child.pid_file, child.marker)
        return _serving(pid) if target == SERVING and pid is not None else pid


@contextmanager
def kept_running(house: KilledHouse) -> Iterator[KilledHouse]:
    """Run a house while the block runs."""
    house.look_after()
    try:
        house.await_health()
        yield house
    finally:
        house.end()


@dataclass
class Killer:
    """Kills at moments and in an order that only the seed decides."""

    house: KilledHouse
    fleet: FleetThread
    rng: random.Random

    def during(self, work: Callable[[], T], targets: Sequence[str]) -> T:
        """Let work go on in another thread; kill one target after the other meanwhile.

        The house is started again from here whenever it has ended. If the work is done
        before, the rest is killed all the same.
        """
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(work)
            for target in targets:
                self._await_moment(done)
                self._kill(target)
            while not done.done():
                self.house.look_after()
                _moment()
            return done.result()

    def _kill(self, target: str) -> None:
        def is_struck() -> bool:
            self.house.look_after()
            return self.house.kill(target)

        assert wait_until(is_struck, _PATIENCE_S), f"{target}: {self.house.last_words()}"

    def _await_moment(self, work: Future[T]) -> None:
        goal = self._requests() + self.rng.randint(*_REQUESTS)
        deadline = time.monotonic() + _LONGEST_LULL_S
        while self._requests() < goal and time.monotonic() < deadline and not work.done():
            self.house.look_after()
            _moment()

    def _requests(self) -> int:
        return self.fleet.statistics().requests


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a state; returns whether it came to be in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        _moment()
    return condition()


def _moment() -> None:
    time.sleep(_LOOK_S)


def _live(pid_file: Path, program: str) -> int | None:
    try:
        pid = int(pid_file.read_text())
    except (OSError, ValueError):
        return None
    # The number is written before the program is loaded, so the leash may still stand there.
    return pid if program in command_line(pid) else None


def _serving(parent: int) -> int | None:
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(parent).children():
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if "resource_tracker" not in " ".join(child.cmdline()):
                    return child.pid
    return None


def redis_url(home: Path) -> str:
    """The embedded Redis of a home."""
    return f"unix://{socket_of(home / 'redis')}"
