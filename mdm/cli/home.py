"""The folder KLASSENSATZ_HOME: for its owner only, with the master key of a trial inside.

Here also: the lock that lets one `mdm up` at a time live in it.
Not here: what runs in it (supervisor.py).
"""

import base64
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mdm.base.errors import Conflict
from mdm.base.identifiers import random_bytes


def prepare_home(home: Path) -> Path:
    """Make the folder if need be, closed to everybody else; returns its full path."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)
    (home / "run").mkdir(exist_ok=True, mode=0o700)
    return home.resolve()


def new_master_key() -> str:
    """Draw a master key: 32 bytes in base64."""
    return base64.b64encode(random_bytes(32)).decode("ascii")


def ensure_master_key(home: Path) -> bool:
    """Give a home its master key on the first run; returns whether it is new.

    The file appears whole or not at all: half a key would lock the house for ever.
    """
    path = home / "master.key"
    if path.exists():
        return False
    draft = home / f"master.key.{os.getpid()}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(new_master_key() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the home for one run; the kernel lets go of it however that run ends.

    raises: Conflict while another run holds it.
    """
    with (home / "run" / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Conflict(
                f"{home} is in use by another `mdm up` or `mdm demo` (process {holder}); "
                "end that one first, or choose another KLASSENSATZ_HOME"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
