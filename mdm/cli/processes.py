"""Processes that belong to one run: started on a leash, written down, ended in order.

A run that was killed leaves at most its files behind: the kernel ends the children, and the
next run reads the files and ends what should still be there, after looking whether the number
still is that program.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mdm.base.embedded import end_stale
from mdm.cli import leash

_LEASH = (sys.executable, "-I", "-S", str(leash.__file__))
_MODULE = "mdm.cli.child"


@dataclass(frozen=True, slots=True)
class Child:
    """What to run: `python -m mdm.cli.child NAME HOME ARGUMENT…`.

    The name and the home make its command line unlike any other on the machine.
    """

    name: str
    home: Path
    arguments: tuple[str, ...] = ()

    @property
    def marker(self) -> str:
        """What stands in the command line of this process, and of no other."""
        return f"{_MODULE} {self.name} {self.home}"

    @property
    def pid_file(self) -> Path:
        return self.home / "run" / f"{self.name}.pid"

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", _MODULE, self.name, str(self.home), *self.arguments]


class Running:
    """A started child."""

    def __init__(
        self, child: Child, environment: Mapping[str, str], stream: IO[bytes] | int
    ) -> None:
        self.child = child
        self.environment = environment
        self._process = subprocess.Popen(
            [*on_leash(), *child.command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
        child.pid_file.write_text(str(self._process.pid))

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """Ask it to end; it may finish what it is doing."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def end_by(self, deadline: float) -> None:
        """Wait until it has ended; make it end at the deadline (monotonic seconds)."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.child.pid_file.unlink(missing_ok=True)


def on_leash() -> tuple[str, ...]:
    """What to put before a command, so that it ends when this process does."""
    return (*_LEASH, str(os.getpid()))


def end_left_over(home: Path) -> None:
    """End what a killed run of the same home left running."""
    for pid_file in sorted((home / "run").glob("*.pid")):
        end_stale(pid_file, Child(pid_file.stem, home).marker)
