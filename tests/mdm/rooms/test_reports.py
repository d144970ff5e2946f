"""Reports and items: what is kept, what is overwritten, what goes; as a law, not by examples."""

from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mdm.base.db import Database
from mdm.rooms.devices import reports
from mdm.rooms.devices.models import ReportedItem
from mdm.rooms.devices.reports import Novelty
from tests.factories.devices import an_ipad

MINUTE = timedelta(minutes=1)
_serials = count(1)
_listing = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3), max_size=4)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(_listing, st.booleans()), max_size=5))
def test_a_complete_list_replaces_and_a_partial_one_only_adds(
    database: Database, now: datetime, lists: list[tuple[dict[str, int], bool]]
) -> None:
    expected: dict[str, int] = {}
    with database.transaction() as tx:
        ipad = an_ipad(tx, serial=f"SIM{next(_serials):07d}")
        for number, (listed, complete) in enumerate(lists):
            items = {subject: {"value": value} for subject, value in listed.items()}
            at = now + number * MINUTE

            reports.put_items(tx, ipad.id, "app", items, at, complete=complete)

            expected = listed if complete else {**expected, **listed}
        rows = tx.scalars(
            select(ReportedItem)
            .where(ReportedItem.enrollment_id == ipad.id)
            .execution_options(populate_existing=True)
        )
        assert {row.subject: row.value["value"] for row in rows} == expected


@pytest.mark.parametrize(
    ("body", "complete", "later", "expected"),
    [
        (b"same", True, True, Novelty.UNCHANGED),
        (b"other", True, True, Novelty.NEW),
        (b"same", False, True, Novelty.NEW),
        (b"same", True, False, Novelty.LATE),
    ],
)
def test_a_report_is_new_unchanged_or_late(
    database: Database,
    now: datetime,
    body: bytes,
    complete: bool,
    later: bool,
    expected: Novelty,
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        reports.record_report(tx, ipad, "profile_list", True, b"same", now)
        at = now + MINUTE if later else now - MINUTE

        assert reports.record_report(tx, ipad, "profile_list", complete, body, at) is expected


def test_reports_of_one_kind_say_nothing_about_another(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        reports.record_report(tx, ipad, "profile_list", True, b"same", now)

        novelty = reports.record_report(tx, ipad, "security_info", True, b"same", now)

    assert novelty is Novelty.NEW


def test_a_thing_with_an_impossible_name_is_left_out(database: Database, now: datetime) -> None:
    items = {"a" * 256: {"value": 1}, "b": {"value": 2}}
    with database.transaction() as tx:
        ipad = an_ipad(tx)

        reports.put_items(tx, ipad.id, "app", items, now, complete=True)

        assert tx.scalars(select(ReportedItem.subject)).all() == ["b"]


def test_a_very_long_list_is_written_whole(database: Database, now: datetime) -> None:
    items = {f"com.example.app{number}": {"value": number} for number in range(1200)}
    with database.transaction() as tx:
        ipad = an_ipad(tx)

        reports.put_items(tx, ipad.id, "app", items, now, complete=True)

        assert len(tx.scalars(select(ReportedItem.id)).all()) == 1200
