"""Secrets at rest: sealed with a data key, which is sealed with the master key.

Here: the sealing itself and the table of wrapped data keys. A sealed value names the key
it was sealed with and is bound to a context (table, column, row), so that it cannot be
copied into another row. Rotating the master key rewraps the data keys and nothing else.
Not here: where the master key comes from (settings.py).
"""

import hashlib
import hmac
import struct
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant, Tx, alone
from mdm.base.errors import SealBroken, WrongMasterKey
from mdm.base.identifiers import random_bytes

_VERSION = 1
_HEADER = struct.Struct(">BI")
_NONCE_SIZE = 12


class DataKey(Base):
    """A data key, wrapped by the master key."""

    __tablename__ = "data_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(Instant)


class Vault:
    """Seals and opens secrets. Build it with `open_vault`."""

    def __init__(self, keys: dict[int, bytes], current: int) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._keys = keys
        self._current = current

    def seal(self, secret: bytes, context: str) -> bytes:
        """Seal a secret for one place, say "enrollment.unlock_token:17"."""
        header = _HEADER.pack(_VERSION, self._current)
        nonce = random_bytes(_NONCE_SIZE)
        bound = header + context.encode()
        return header + nonce + self._ciphers[self._current].encrypt(nonce, secret, bound)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Open what `seal` made for the same context.

        raises: SealBroken (altered, cut short, another row's, or an unknown key).
        """
        try:
            version, key_id = _HEADER.unpack_from(sealed)
            nonce, body = sealed[5 : 5 + _NONCE_SIZE], sealed[5 + _NONCE_SIZE :]
            bound = sealed[:5] + context.encode()
            if version != _VERSION:
                raise SealBroken(context)
            return self._ciphers[key_id].decrypt(nonce, body, bound)
        except (struct.error, KeyError, InvalidTag, ValueError) as error:
            raise SealBroken(context) from error

    def derive(self, purpose: str) -> bytes:
        """Derive 32 bytes for one purpose (signing links, signing cookies).

        Always from the oldest data key, so that every process derives the same bytes.
        """
        oldest = self._keys[min(self._keys)]
        return hmac.new(oldest, f"derive:{purpose}".encode(), hashlib.sha256).digest()


def open_vault(tx: Tx, master_key: bytes, now: datetime) -> Vault:
    """Open the vault; on an empty database make its first data key.

    raises: WrongMasterKey when a stored data key does not open with `master_key`.
    """
    # Two processes that start on an empty database must not seal with a key of their own each.
    alone(tx, "data_key")
    rows = list(tx.scalars(select(DataKey).order_by(DataKey.id)))
    if not rows:
        rows = [_add_data_key(tx, master_key, now)]
    keys = {row.id: _unwrap(row, master_key) for row in rows}
    return Vault(keys, current=max(keys))


def rewrap(tx: Tx, old_master_key: bytes, new_master_key: bytes) -> int:
    """Rotate the master key: rewrap every data key; returns how many."""
    rows = list(tx.scalars(select(DataKey).with_for_update()))
    for row in rows:
        row.wrapped = _wrap(_unwrap(row, old_master_key), new_master_key)
    return len(rows)


def _add_data_key(tx: Tx, master_key: bytes, now: datetime) -> DataKey:
    row = DataKey(wrapped=_wrap(random_bytes(32), master_key), created_at=now)
    tx.add(row)
    tx.flush()
    return row


def _wrap(key: bytes, master_key: bytes) -> bytes:
    nonce = random_bytes(_NONCE_SIZE)
    return nonce + AESGCM(master_key).encrypt(nonce, key, b"data_key")


def _unwrap(row: DataKey, master_key: bytes) -> bytes:
    nonce, body = row.wrapped[:_NONCE_SIZE], row.wrapped[_NONCE_SIZE:]
    try:
        return AESGCM(master_key).decrypt(nonce, body, b"data_key")
    except (InvalidTag, ValueError) as error:
        raise WrongMasterKey(
            "the master key does not open the stored data keys; "
            "give the key this database was set up with"
        ) from error
