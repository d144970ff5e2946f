"""Two processes that start at once on an empty database share one key of each kind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import select

from mdm.base.db import Database, alone
from mdm.base.vault import DataKey, Vault, open_vault
from mdm.rooms.authority import service as authority
from mdm.rooms.authority.models import ServerKey
from tests.conftest import MASTER_KEY
from tests.factories.authority import authority as made_before

_T = TypeVar("_T")


def _twice(act: Callable[[], _T]) -> list[_T]:
    barrier = Barrier(2)

    def begin() -> _T:
        barrier.wait(timeout=10)
        return act()

    with ThreadPoolExecutor(2) as pool:
        return [done.result() for done in [pool.submit(begin), pool.submit(begin)]]


def test_both_open_the_vault_with_the_same_data_key(database: Database, now: datetime) -> None:
    def open_it() -> Vault:
        with database.transaction() as tx:
            return open_vault(tx, MASTER_KEY, now)

    first, second = _twice(open_it)

    assert second.open(first.seal(b"secret", "x"), "x") == b"secret"
    with database.reading() as tx:
        assert len(tx.scalars(select(DataKey)).all()) == 1


def test_both_find_the_same_authority(
    database: Database, vault: Vault, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Keys are slow to make.
    key = made_before().private_key
    monkeypatch.setattr(authority, "_new_key", lambda _bits: key)

    def ensure() -> None:
        with database.transaction() as tx:
            authority.ensure(tx, vault, "Beispielstadt", now)

    _twice(ensure)

    with database.reading() as tx:
        assert len(tx.scalars(select(ServerKey)).all()) == 2


def test_names_are_held_until_the_transaction_ends(database: Database) -> None:
    inside: list[int] = []
    most: list[int] = []

    def hold(names: tuple[str, ...]) -> None:
        with database.transaction() as tx:
            alone(tx, *names)
            tx.scalars(select(DataKey)).all()
            inside.append(1)
            most.append(len(inside))
            tx.scalars(select(DataKey)).all()
            inside.pop()

    with ThreadPoolExecutor(4) as pool:
        orders = [("a", "b"), ("b", "a"), ("b", "c", "a"), ("a",)] * 5
        for done in [pool.submit(hold, names) for names in orders]:
            done.result()

    assert max(most) == 1
