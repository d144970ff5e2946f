"""Secrets at rest: sealed, bound to their row, and useless with another key."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.base.db import Database
from mdm.base.errors import SealBroken, WrongMasterKey
from mdm.base.vault import Vault, open_vault, rewrap
from tests.conftest import MASTER_KEY


def test_what_was_sealed_opens_again_in_another_process(
    database: Database, vault: Vault, now: datetime
) -> None:
    sealed = vault.seal(b"unlock", "enrollment.unlock_token:1")
    with database.transaction() as tx:
        again = open_vault(tx, MASTER_KEY, now)

    assert again.open(sealed, "enrollment.unlock_token:1") == b"unlock"


def test_a_sealed_value_copied_to_another_row_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(b"unlock", "enrollment.unlock_token:1")

    with pytest.raises(SealBroken):
        vault.open(sealed, "enrollment.unlock_token:2")


def test_a_sealed_value_does_not_hold_its_secret_in_clear(vault: Vault) -> None:
    assert b"geheim" not in vault.seal(b"geheim", "x")


def test_the_same_secret_is_sealed_differently_each_time(vault: Vault) -> None:
    assert vault.seal(b"geheim", "x") != vault.seal(b"geheim", "x")


def test_a_wrong_master_key_is_refused_and_nothing_is_written(
    database: Database, vault: Vault, now: datetime
) -> None:
    with pytest.raises(WrongMasterKey), database.transaction() as tx:
        open_vault(tx, b"w" * 32, now)


def test_rotating_the_master_key_keeps_every_secret(
    database: Database, vault: Vault, now: datetime
) -> None:
    sealed = vault.seal(b"unlock", "x")
    with database.transaction() as tx:
        rewrap(tx, MASTER_KEY, b"n" * 32)

    with database.transaction() as tx:
        assert open_vault(tx, b"n" * 32, now).open(sealed, "x") == b"unlock"
    with pytest.raises(WrongMasterKey), database.transaction() as tx:
        open_vault(tx, MASTER_KEY, now)


def test_derived_keys_differ_by_purpose_and_stay_the_same(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        again = open_vault(tx, MASTER_KEY, now)

    assert vault.derive("cookie") == again.derive("cookie")
    assert vault.derive("cookie") != vault.derive("link")


@given(position=st.integers(0, 200), flip=st.integers(1, 255))
def test_any_changed_byte_breaks_the_seal(position: int, flip: int) -> None:
    vault = Vault({1: b"k" * 32}, current=1)
    sealed = bytearray(vault.seal(b"s" * 64, "x"))
    sealed[position % len(sealed)] ^= flip

    with pytest.raises(SealBroken):
        vault.open(bytes(sealed), "x")


@given(st.integers(0, 96))
def test_a_cut_seal_is_broken_and_nothing_else(length: int) -> None:
    vault = Vault({1: b"k" * 32}, current=1)

    with pytest.raises(SealBroken):
        vault.open(vault.seal(b"s" * 64, "x")[:length], "x")
