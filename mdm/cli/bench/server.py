"""Starting and ending the server under test: granian, one worker, in its own processes."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from mdm.cli.bench.errors import BenchFailed
from mdm.cli.bench.routes import DATABASES, PROCESS
from mdm.cli.bench.stage import Stage

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `pid` is the worker's, where all the work is done."""

    port: int
    pid: int


@contextmanager
def serving(stage: Stage, main: str, others: tuple[str, ...]) -> Iterator[Server]:
    """Serve the database `main`, and the device door on each of `others`.

    raises: BenchFailed (it did not start; its own words are in the message).
    """
    port = _free_port()
    log = stage.home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mdm.cli.bench.serve", str(port)],
            env=_environment(stage, main, others),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(port, _await_worker(process, port, log))
    finally:
        _end(process)


def _environment(stage: Stage, main: str, others: tuple[str, ...]) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if "KLASSENSATZ" not in name}
    return kept | {
        "KLASSENSATZ_HOME": str(stage.home),
        "KLASSENSATZ_DATABASE_URL": stage.url(main),
        "KLASSENSATZ_MASTER_KEY_FILE": str(stage.master_key_file),
        DATABASES: json.dumps({name: stage.url(name) for name in others}),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_worker(process: subprocess.Popen[bytes], port: int, log: Path) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return _ask_process(port)
        except (OSError, HTTPException):
            time.sleep(0.1)
    raise BenchFailed(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")


def _ask_process(port: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", PROCESS)
        return int(connection.getresponse().read())
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
