"""Children on a leash: they end with their parent, and a killed run leaves nothing behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mdm.base.embedded import command_line
from mdm.base.errors import Conflict
from mdm.cli.home import ensure_master_key, only_one, prepare_home
from mdm.cli.processes import Child, end_left_over, on_leash

_PATIENCE_S = 20.0
# Looks like a child of ours, by its command line.
_SLEEPER = "import time; time.sleep(60)  # {marker}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return prepare_home(tmp_path / "home")


@pytest.fixture
def sleeper(home: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Start a process whose command line holds a text."""
    started: list[subprocess.Popen[bytes]] = []

    def start(marker: str) -> subprocess.Popen[bytes]:
        program = _SLEEPER.format(marker=marker)
        started.append(subprocess.Popen([sys.executable, "-S", "-c", program]))
        assert wait_until(lambda: marker in command_line(started[-1].pid))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and not condition():
        time.sleep(0.02)
    return condition()


def test_a_child_ends_when_its_parent_is_killed() -> None:
    program = (
        "import subprocess, sys, time\n"
        "from mdm.cli.processes import on_leash\n"
        "child = subprocess.Popen([*on_leash(), sys.executable, '-S', '-c',"
        " 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    assert wait_until(lambda: not command_line(child))


def test_a_leash_names_this_process() -> None:
    assert on_leash()[-1] == str(os.getpid())


def test_what_a_killed_run_left_is_ended(
    home: Path, sleeper: Callable[[str], subprocess.Popen[bytes]]
) -> None:
    child = Child("worker-push", home)
    left_over = sleeper(child.marker)
    child.pid_file.write_text(str(left_over.pid))

    end_left_over(home)

    assert not command_line(left_over.pid)
    assert not child.pid_file.exists()


def test_a_number_that_now_is_another_program_is_left_alone(
    home: Path, sleeper: Callable[[str], subprocess.Popen[bytes]]
) -> None:
    """Numbers of processes come again; the command line tells."""
    stranger = sleeper("mdm.cli.child worker-push /another/home")
    child = Child("worker-push", home)
    child.pid_file.write_text(str(stranger.pid))

    end_left_over(home)

    assert stranger.poll() is None
    assert not child.pid_file.exists()


def test_two_runs_do_not_share_a_home(home: Path) -> None:
    with only_one(home), pytest.raises(Conflict, match=str(os.getpid())), only_one(home):
        pass


def test_a_home_is_free_again_after_a_run(home: Path) -> None:
    with only_one(home):
        pass

    with only_one(home):
        pass


def test_the_master_key_is_made_once_and_readable_by_its_owner_alone(home: Path) -> None:
    assert ensure_master_key(home)
    first = (home / "master.key").read_text()

    assert not ensure_master_key(home)

    assert (home / "master.key").read_text() == first
    assert (home / "master.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir() if path.is_file()] == ["master.key"]
