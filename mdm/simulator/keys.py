"""RSA keys for simulated iPads: made once, kept in a folder, each iPad its own.

A key takes a tenth of a second to make, so they are made by several processes and found again
at the next run. They protect nothing but pretended iPads; still only their owner may read them.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

KEY_BITS = 2048

# A process needs half a second to start; below this number one does the work sooner.
_FEW = 8
_CHUNK = 8


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """Keys by the number of the iPad and of the key: 0 for its first, 1 for the next …"""

    path: Path

    def key(self, number: int, generation: int = 0) -> rsa.RSAPrivateKey:
        """Find a key, or make and keep it.

        raises: ValueError, TypeError if the file holds no RSA key.
        """
        file = self._file(number, generation)
        if not file.exists():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make(file)
        # Checking a key takes ten times as long as using it, and these are our own.
        key = load_der_private_key(file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"no RSA key: {file.name}")
        return key

    def prepare(
        self,
        numbers: Iterable[int],
        processes: int | None = None,
        on_made: Callable[[int, int], None] = lambda made, wanted: None,
    ) -> int:
        """Make the first keys that are missing, in parallel.

        processes: None: one for each processor.
        on_made: called with how many are made and how many are to be, for a progress bar.
        returns: how many were made.
        """
        missing = [file for file in map(self._file, numbers) if not file.exists()]
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if len(missing) < _FEW:
            _count(map(_make, missing), len(missing), on_made)
        else:
            # Spawned, since a fork would copy the caller's threads and locks half-way.
            with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
                made = pool.map(_make, missing, chunksize=_CHUNK)
                _count(made, len(missing), on_made)
        return len(missing)

    def _file(self, number: int, generation: int = 0) -> Path:
        return self.path / f"{number:08d}-{generation}.der"


def _count(made: Iterable[None], wanted: int, on_made: Callable[[int, int], None]) -> None:
    for number, _ in enumerate(made, start=1):
        on_made(number, wanted)


def _make(file: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    # Another process may be making the same key: each writes its own file, the last one stays.
    draft = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(der)
    draft.replace(file)
