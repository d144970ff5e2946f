"""The children of one run: started, looked after, ended together.

Not here: the processes themselves (processes.py), what is started in which order (whole.py).
"""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mdm.base.embedded import EmbeddedRedis, command_line, start_redis
from mdm.base.errors import HouseError
from mdm.cli.processes import Child, Running, on_leash

_ENDING_S = 20.0
# A child that ends by itself is started again, but not for ever: then the fault is not its own.
_MOST_RESTARTS = 5
_RESTART_WINDOW_S = 60.0


class StartFailed(HouseError):
    """Something we started did not come up, or ended again and again."""


class Supervisor:
    """Starts children and ends them. Made by `whole.running`, which also calls `end`.

    To be used from one thread: the kernel ends a child when the thread that started it ends.
    log_folder: where each child writes its log; None for our standard error.
    """

    def __init__(self, home: Path, environment: Mapping[str, str], log_folder: Path | None) -> None:
        self.home = home
        self._environment = environment
        self._log_folder = log_folder
        self._children: list[Running] = []
        self._restarts: list[float] = []
        self._redis: EmbeddedRedis | None = None

    def start_redis(self) -> None:
        """Start the embedded Redis. raises: EngineMissing, EngineFailed."""
        self._redis = start_redis(self.home / "redis", on_leash())

    def start(self, child: Child, environment: Mapping[str, str] | None = None) -> None:
        """Start one child. environment: None for that of the run."""
        chosen = self._environment if environment is None else environment
        with self._stream(child.name) as stream:
            self._children.append(Running(child, chosen, stream))

    def look_after(self) -> None:
        """Start again what has ended by itself; to be called every moment.

        raises: StartFailed when that happens too often.
        """
        for running in list(self._children):
            code = running.exit_code()
            if code is not None:
                self._count_restart(running.child.name, code)
                self._children.remove(running)
                self.start(running.child, running.environment)
        if self._redis is not None and "redis-server" not in command_line(self._redis.pid):
            self._count_restart("redis-server", None)
            self.start_redis()

    def end(self) -> None:
        """End everything: web and workers together, then Redis, which they ring."""
        for running in self._children:
            running.ask_to_end()
        deadline = time.monotonic() + _ENDING_S
        for running in self._children:
            running.end_by(deadline)
        self._children.clear()
        if self._redis is not None:
            self._redis.stop()

    def _count_restart(self, name: str, code: int | None) -> None:
        now = time.monotonic()
        self._restarts = [then for then in self._restarts if now - then < _RESTART_WINDOW_S]
        self._restarts.append(now)
        if len(self._restarts) > _MOST_RESTARTS:
            raise StartFailed(f"{name} ended again and again (code {code}); see {self._log(name)}")

    def _log(self, name: str) -> str:
        return f"{self._log_folder / name}.log" if self._log_folder else "the lines above"

    @contextmanager
    def _stream(self, name: str) -> Iterator[IO[bytes]]:
        if self._log_folder is None:
            yield sys.stderr.buffer
            return
        with (self._log_folder / f"{name}.log").open("ab") as file:
            yield file
