"""Two at once: whoever comes second is judged by what the first has left."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from enrollment.lifecycle import EnrollmentState
from mdm.base.db import Database, Tx
from mdm.doors.wire.answer import Answer
from mdm.rooms.devices import service as devices
from mdm.rooms.devices.models import Device, Enrollment, IdentityCertificate
from mdm.rooms.links import service as links
from tests.mdm.doors.wire.conftest import Classroom


@pytest.fixture
def _slow_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody reads before anybody writes, unless the house lets one wait for the other."""
    barrier = Barrier(2)
    apply = devices.apply_checkin

    def meet(*args: object) -> devices.Applied:
        _wait(barrier)
        return apply(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(devices, "apply_checkin", meet)


def _wait(barrier: Barrier) -> None:
    try:
        barrier.wait(timeout=0.3)
    except Exception:  # noqa: BLE001 (the other one waits for us: that is what we want)
        return


def _at_once(acts: Sequence[Callable[[], Answer]]) -> list[int]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result().status for done in [pool.submit(act) for act in acts]]


def _enrollments(database: Database) -> list[Enrollment]:
    with database.reading() as tx:
        return list(tx.scalars(select(Enrollment).order_by(Enrollment.id)))


@pytest.mark.usefixtures("_slow_reading")
def test_an_ipad_that_authenticates_on_two_connections_joins_once(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.handset()

    statuses = _at_once([handset.authenticate, handset.authenticate])

    assert statuses == [200, 200]
    assert [row.generation for row in _enrollments(database)] == [1]


@pytest.mark.usefixtures("_slow_reading")
def test_a_held_newcomer_on_two_connections_is_held_once(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.handset(expected=False)

    statuses = _at_once([handset.authenticate, handset.authenticate])

    assert statuses == [200, 200]
    assert len(_enrollments(database)) == 1


@pytest.mark.usefixtures("_slow_reading")
def test_one_certificate_admits_one_of_two_ipads(classroom: Classroom, database: Database) -> None:
    first = classroom.handset()
    second = classroom.handset().with_another_certificate(first)

    statuses = _at_once([first.authenticate, second.authenticate])

    assert sorted(statuses) == [200, 400]
    (row,) = _enrollments(database)
    with database.reading() as tx:
        query = select(IdentityCertificate).where(IdentityCertificate.pinned_at.is_not(None))
        assert tx.scalars(query).one().enrollment_id == row.id


@pytest.mark.usefixtures("_slow_reading")
def test_one_serial_number_belongs_to_one_of_two_ipads(
    classroom: Classroom, database: Database
) -> None:
    first, second = classroom.handset(), classroom.handset(expected=False)
    second.serial = first.serial

    statuses = _at_once([first.authenticate, second.authenticate])

    assert statuses == [200, 200]
    in_force = [row for row in _enrollments(database) if row.held_reason is None]
    assert len(in_force) == 1
    with database.reading() as tx:
        device = tx.get_one(Device, in_force[0].device_id)
        assert (device.udid, device.serial) == (in_force[0].key, first.serial)


@pytest.mark.usefixtures("_slow_reading")
def test_a_token_told_on_two_connections_is_kept_once(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.enrolled()
    token = b"\x07" * 32

    statuses = _at_once([lambda: handset.token_update(token), lambda: handset.token_update(token)])

    assert statuses == [200, 200]
    (row,) = _enrollments(database)
    assert (row.state, row.push_token) == (EnrollmentState.ENROLLED, token)


def test_a_plan_asked_for_meanwhile_is_not_forgotten_by_a_token(
    classroom: Classroom, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    handset = classroom.enrolled()
    (before,) = _enrollments(database)
    known = links.introduction

    def meanwhile(tx: Tx, *args: object) -> object:
        found = known(tx, *args)  # type: ignore[arg-type]
        if not database.is_sqlite:
            with database.transaction() as other:
                devices.mark_due(other, before.id)
        return found

    monkeypatch.setattr(links, "introduction", meanwhile)

    handset.token_update(b"\x09" * 32)

    (row,) = _enrollments(database)
    counted = 1 if database.is_sqlite else 2
    assert row.due_generation == before.due_generation + counted


def test_a_race_lost_for_ever_asks_the_ipad_to_come_again(
    classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    handset = classroom.handset()

    def always_second(*_args: object) -> devices.Applied:
        raise IntegrityError("INSERT", {}, Exception("duplicate"))

    monkeypatch.setattr(devices, "apply_checkin", always_second)

    assert handset.authenticate().status == 503


def test_a_held_newcomer_does_not_keep_the_real_ipad_out(
    classroom: Classroom, database: Database
) -> None:
    real = classroom.handset(expected=False)
    impostor = classroom.handset(expected=False)
    impostor.serial = real.serial
    impostor.authenticate()
    with database.transaction() as tx:
        device = tx.scalars(select(Device).where(Device.serial == real.serial)).one()
        device.school_id, device.is_expected = classroom.school.id, True

    assert real.authenticate().status == 200

    held, joined = _enrollments(database)
    assert held.ended_at is not None
    assert (joined.key, joined.held_reason) == (real.udid, None)
    assert impostor.token_update().status == 400


def test_a_held_newcomer_does_not_take_over_the_row_of_an_expected_ipad(
    classroom: Classroom, database: Database
) -> None:
    real = classroom.handset()
    impostor = classroom.handset(expected=False)
    impostor.serial = real.serial
    with database.transaction() as tx:
        device = tx.scalars(select(Device).where(Device.serial == real.serial)).one()
        device.is_expected = False

    impostor.authenticate()

    with database.reading() as tx:
        device = tx.scalars(select(Device).where(Device.serial == real.serial)).one()
        assert device.udid is None


def test_what_is_longer_than_a_column_is_cut_and_enrols_all_the_same(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.handset()
    long = "x" * 1000

    told = dict.fromkeys(("DeviceName", "ProductName", "OSVersion", "BuildVersion"), long)
    assert handset.authenticate(**told).status == 200
    assert handset.token_update(PushMagic=long).status == 200

    (row,) = _enrollments(database)
    assert row.push_magic == long


def test_a_user_of_a_mac_is_turned_away_only_on_a_device_of_ours(classroom: Classroom) -> None:
    ours, stranger = classroom.enrolled(), classroom.stranger()
    asked = {"MessageType": "UserAuthenticate", "UserID": "11111111-2222-3333-4444-555555555555"}

    assert ours.say(asked).status == 410
    assert stranger.say(asked).status == 400
