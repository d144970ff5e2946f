"""The certificate of `mdm up --tls`: from the embedded authority, for trials on one machine.

The web server reads its key from a file, and its reader of sealed keys is broken, so for the
time of a run the key lies in the home folder, readable by its owner alone.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mdm.base.tools import Tools
from mdm.rooms.authority import service as authority


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of the server's certificate and of its key."""

    certificate: Path
    key: Path


def root_path(home: Path) -> Path:
    """Where the root stands that an iPad has to trust first."""
    return home / "root.pem"


def tls_in(folder: Path) -> Tls:
    """The files in a folder that `written_tls` gave."""
    return Tls(folder / "certificate.pem", folder / "key.pem")


@contextmanager
def written_tls(tools: Tools, home: Path, names: list[str]) -> Iterator[Path]:
    """Write certificate and key for these names while the block runs, and the root beside.

    returns: the folder, for `tls_in`.
    """
    with tools.database.transaction() as tx:
        made, root = authority.tls(tx, tools.vault, names, tools.clock.now())
    root_path(home).write_bytes(root.public_bytes(Encoding.PEM))
    folder = _folder(home)
    folder.mkdir(mode=0o700)
    files = tls_in(folder)
    files.certificate.write_bytes(made.certificate.public_bytes(Encoding.PEM))
    key = made.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with open(os.open(files.key, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(key)
        yield folder
    finally:
        forget_tls(home)


def forget_tls(home: Path) -> None:
    """Remove what `written_tls` wrote, say by a run that was killed."""
    shutil.rmtree(_folder(home), ignore_errors=True)


def _folder(home: Path) -> Path:
    return home / "run" / "tls"
