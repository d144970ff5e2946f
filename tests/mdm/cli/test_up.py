"""`mdm up` for real: it answers, it refuses a second one, and it leaves nobody behind."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from mdm.cli.address import choose_address

_PATIENCE_S = 120.0

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def port() -> int:
    return choose_address("127.0.0.1", 0, None, tls=False).port


@pytest.fixture
def home(clean_environment: Path) -> Path:
    return clean_environment


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Start the command in a process of its own; whatever is left at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "mdm.cli", *words]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=_env(home)))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def _env(home: Path) -> dict[str, str]:
    return os.environ | {"KLASSENSATZ_HOME": str(home), "KLASSENSATZ_SWEEP_SECONDS": "1"}


def _wait_until(
    condition: Callable[[], bool], process: subprocess.Popen[str] | None = None
) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        if process is not None and process.poll() is not None:
            pytest.fail(f"it ended: {process.communicate()[1]}")
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.1)


def _answers(url: str, trust: Path | None = None) -> bool:
    try:
        context = ssl.create_default_context(cafile=trust) if trust else True
        with httpx.Client(verify=context, trust_env=False) as client:
            return client.get(f"{url}/healthz").status_code == 200
    except (httpx.TransportError, OSError):
        return False


def _children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def _all_gone(children: list[psutil.Process]) -> bool:
    return not any(
        child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children
    )


def test_it_answers_refuses_a_second_one_and_ends_with_everything_it_started(
    start: Start, home: Path, port: int
) -> None:
    up = start("up", "--port", str(port))
    _wait_until(lambda: _answers(f"http://127.0.0.1:{port}"), up)
    children = _children(up)

    second = start("up", "--port", "0")
    _, refusal = second.communicate(timeout=_PATIENCE_S)
    up.send_signal(signal.SIGTERM)
    up.communicate(timeout=_PATIENCE_S)

    assert (second.returncode, up.returncode) == (1, 0)
    assert f"process {up.pid}" in refusal
    assert len(children) >= 6
    assert _all_gone(children)
    assert list((home / "run").glob("*.pid")) == []
    assert (home / "master.key").stat().st_mode & 0o777 == 0o600


def test_a_killed_one_takes_everything_with_it_and_the_next_one_starts(
    start: Start, home: Path, port: int
) -> None:
    """The first one serves TLS, whose key must not be left lying about either."""
    first = start("up", "--port", str(port), "--tls")
    _wait_until(lambda: _answers(f"https://127.0.0.1:{port}", home / "root.pem"), first)
    children = _children(first)
    key = home / "run" / "tls" / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600

    first.kill()
    first.communicate()
    _wait_until(lambda: _all_gone(children))
    second = start("up", "--port", str(port))

    _wait_until(lambda: _answers(f"http://127.0.0.1:{port}"), second)
    assert not key.exists()
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=_PATIENCE_S)
    assert second.returncode == 0


def test_a_wrong_master_key_starts_nothing(start: Start, home: Path) -> None:
    ended = start("db", "upgrade")
    ended.communicate(timeout=_PATIENCE_S)
    (home / "master.key").write_text("eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=\n")
    settle = start("school", "list")
    settle.communicate(timeout=_PATIENCE_S)
    (home / "master.key").write_text("eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXk=\n")

    up = start("up", "--port", "0")
    _, said = up.communicate(timeout=_PATIENCE_S)

    assert up.returncode == 1
    assert "master key" in said
    assert "Traceback" not in said
    assert list((home / "run").glob("*.pid")) == []
