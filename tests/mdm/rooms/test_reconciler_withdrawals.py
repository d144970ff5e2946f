"""What is taken back stops only what never left: the old WLAN stays until that is known."""

from datetime import datetime, timedelta

from mdm.base.db import Database
from mdm.base.vault import Vault
from policies.delivery import DeliveryState
from tests.mdm.rooms.two_networks import (
    other_version,
    plan,
    state_of_the_other,
    waiting,
    with_both_networks,
)

MINUTE = timedelta(minutes=1)


def test_what_never_left_is_taken_back_and_the_old_network_goes_at_once(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        other_version(tx, with_both_networks(tx, now), DeliveryState.PUSHED)

    plan(database, vault, now)

    assert state_of_the_other(database) is DeliveryState.CANCELLED
    assert waiting(database) == ["RemoveProfile"]


def test_what_left_is_taken_back_and_the_old_network_stays_until_the_next_list(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        other_version(tx, with_both_networks(tx, now), DeliveryState.REACHED, reached_at=now)

    plan(database, vault, now)
    plan(database, vault, now + MINUTE)

    assert state_of_the_other(database) is DeliveryState.CANCELLED
    assert waiting(database) == ["ProfileList"]


def test_what_was_ordered_long_ago_and_left_just_now_is_remembered(
    database: Database, vault: Vault, now: datetime
) -> None:
    long_ago = now - timedelta(days=20)
    with database.transaction() as tx:
        ipad = with_both_networks(tx, now)
        other_version(tx, ipad, DeliveryState.REACHED, reached_at=now, created_at=long_ago)

    plan(database, vault, now)
    plan(database, vault, now + MINUTE)

    assert waiting(database) == ["ProfileList"]


def test_a_later_command_that_never_left_does_not_hide_the_one_before(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = with_both_networks(tx, now)
        other_version(tx, ipad, DeliveryState.CANCELLED, reached_at=now, answered_at=now)
        other_version(tx, ipad, DeliveryState.QUEUED)

    plan(database, vault, now)

    assert state_of_the_other(database) is DeliveryState.CANCELLED
    assert waiting(database) == ["ProfileList"]
