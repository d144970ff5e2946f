"""What the rooms' queries tell a person: his schools' devices, and nothing of the others'."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from enrollment.standing import EnrollmentState, HoldReason
from mdm.base.db import Database, Tx
from mdm.base.errors import NotFound
from mdm.rooms.access.service import Viewer
from mdm.rooms.blueprints import queries as blueprints
from mdm.rooms.blueprints.models import Profile, ProfileVersion
from mdm.rooms.commands import queries as commands
from mdm.rooms.devices import queries
from mdm.rooms.devices.queries import DeviceFilter, SchoolCounts, Standing
from mdm.rooms.links import queries as links
from mdm.rooms.links.queries import LinkState
from mdm.rooms.schools.models import School
from policies.wishes import ProfileKind
from tests.factories import people
from tests.factories.commands import a_command
from tests.factories.devices import a_device, a_held_ipad, an_enrollment, an_ipad
from tests.factories.links import a_link
from tests.factories.schools import a_class, a_school

WEEK = timedelta(days=7)


@pytest.fixture
def school_a(database: Database) -> School:
    """The school of manager_a."""
    with database.transaction() as tx:
        return a_school(tx, "12")


@pytest.fixture
def school_b(database: Database) -> School:
    """The school of manager_b."""
    with database.transaction() as tx:
        return a_school(tx, "13")


def _viewers(tx: Tx, school_a: School, school_b: School) -> tuple[Viewer, Viewer, Viewer]:
    persons = (people.manager_a(tx, school_a), people.manager_b(tx, school_b), people.outsider(tx))
    a, b, outsider = (people.viewer(tx, person) for person in persons)
    return a, b, outsider


def test_each_standing_is_told_apart(database: Database, school_a: School, now: datetime) -> None:
    with database.transaction() as tx:
        a_device(tx, school_a, "EXPECTED")
        an_ipad(tx, school_a, "ENROLLED")
        an_ipad(tx, school_a, "JOINING").state = EnrollmentState.AUTHENTICATED
        an_ipad(tx, school_a, "SILENT").last_seen_at = now - timedelta(days=8)
        a_held_ipad(tx, school_a, "HELD")
        gone = an_ipad(tx, school_a, "LEFT")
        gone.state, gone.ended_at = EnrollmentState.CHECKED_OUT, now
        viewer = people.viewer(tx, people.manager_a(tx, school_a))
        tx.flush()

        rows = queries.devices(tx, viewer, DeviceFilter(), now - WEEK)

        assert {row.serial: row.standing for row in rows} == {
            standing.name: standing for standing in Standing
        }


def test_a_list_can_be_narrowed_to_each_standing(
    database: Database, school_a: School, now: datetime
) -> None:
    with database.transaction() as tx:
        a_device(tx, school_a, "EXPECTED")
        an_ipad(tx, school_a, "ENROLLED")
        viewer = people.viewer(tx, people.manager_a(tx, school_a))
        narrowed = DeviceFilter(standing=Standing.EXPECTED)

        rows = queries.devices(tx, viewer, narrowed, now - WEEK)

        assert [row.serial for row in rows] == ["EXPECTED"]
        assert queries.count(tx, viewer, narrowed, now - WEEK) == 1


def test_a_newcomer_held_beside_the_current_enrollment_does_not_double_the_device(
    database: Database, school_a: School, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx, school_a, "KNOWN")
        device = tx.get_one(queries.Device, ipad.device_id)
        an_enrollment(tx, device, held_reason=HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE)
        viewer = people.viewer(tx, people.manager_a(tx, school_a))

        rows = queries.devices(tx, viewer, DeviceFilter(), now - WEEK)

        assert [(row.serial, row.standing) for row in rows] == [("KNOWN", Standing.ENROLLED)]


def test_devices_of_another_school_are_in_no_list_count_or_search(
    database: Database, school_a: School, school_b: School, now: datetime
) -> None:
    with database.transaction() as tx:
        device_id = an_ipad(tx, school_a).device_id
        a, b, outsider = _viewers(tx, school_a, school_b)

        for viewer, seen in ((a, 1), (b, 0), (outsider, 0)):
            narrowed = DeviceFilter(school_a.id, text="SIM")
            assert len(queries.devices(tx, viewer, narrowed, now - WEEK)) == seen
            assert queries.count(tx, viewer, narrowed, now - WEEK) == seen
            assert len(queries.counts_by_school(tx, viewer, now - WEEK)) == seen
        for viewer in (b, outsider):
            with pytest.raises(NotFound):
                queries.device(tx, viewer, device_id, now - WEEK)


def test_a_device_without_a_school_is_for_those_who_see_all(
    database: Database, school_a: School, now: datetime
) -> None:
    with database.transaction() as tx:
        device_id = a_device(tx, None, "STRAY").id
        manager = people.viewer(tx, people.manager_a(tx, school_a))
        administrator = people.viewer(tx, people.administrator(tx))

        assert queries.device(tx, administrator, device_id, now - WEEK).serial == "STRAY"
        with pytest.raises(NotFound):
            queries.device(tx, manager, device_id, now - WEEK)


def test_counts_tell_enrolled_and_silent_of_each_school(
    database: Database, school_a: School, school_b: School, now: datetime
) -> None:
    with database.transaction() as tx:
        an_ipad(tx, school_a, "A1")
        an_ipad(tx, school_a, "A2").last_seen_at = now - timedelta(days=8)
        a_device(tx, school_a, "A3")
        a_device(tx, school_a, "A4", retired_at=now)
        an_ipad(tx, school_b, "B1")
        viewer = people.viewer(tx, people.administrator(tx))
        tx.flush()

        counts = queries.counts_by_school(tx, viewer, now - WEEK)

        assert counts == {school_a.id: SchoolCounts(3, 2, 1), school_b.id: SchoolCounts(1, 1, 0)}
        only_b = queries.counts_by_school(tx, viewer, now - WEEK, school_b.id)
        assert list(only_b) == [school_b.id]


def test_commands_of_another_schools_device_are_not_listed(
    database: Database, school_a: School, school_b: School
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx, school_a)
        uuid = a_command(tx, ipad).uuid
        a, b, outsider = _viewers(tx, school_a, school_b)

        assert [row.uuid for row in commands.commands_of(tx, a, ipad.device_id)] == [uuid]
        assert commands.commands_of(tx, b, ipad.device_id) == []
        assert commands.commands_of(tx, outsider, ipad.device_id) == []


def test_links_arrivals_and_the_held_belong_to_the_school_of_the_link(
    database: Database, school_a: School, school_b: School
) -> None:
    with database.transaction() as tx:
        link_id = a_link(tx, school_a, a_class(tx, school_a)).id
        held_id = a_held_ipad(tx, None, link_id=link_id).id
        a, b, outsider = _viewers(tx, school_a, school_b)

        for viewer, seen in ((a, 1), (b, 0), (outsider, 0)):
            assert len(links.links_of(tx, viewer, school_a.id)) == seen
            assert len(links.arrivals(tx, viewer, link_id)) == seen
            assert len(links.held(tx, viewer)) == seen
            assert sum(links.held_by_school(tx, viewer).values()) == seen
        for viewer in (b, outsider):
            with pytest.raises(NotFound):
                links.link(tx, viewer, link_id)
            with pytest.raises(NotFound):
                links.held_one(tx, viewer, held_id)


def test_a_link_says_why_it_lets_nobody_in(
    database: Database, school_a: School, now: datetime
) -> None:
    with database.transaction() as tx:
        ids = {
            LinkState.OPEN: a_link(tx, school_a).id,
            LinkState.USED_UP: a_link(tx, school_a, uses=30).id,
            LinkState.EXPIRED: a_link(tx, school_a, expires_at=now).id,
            LinkState.REVOKED: a_link(tx, school_a, revoked_at=now, uses=30).id,
        }
        viewer = people.viewer(tx, people.manager_a(tx, school_a))

        states = {links.link(tx, viewer, number).state(now) for number in ids.values()}

        assert states == set(LinkState)
        assert links.link(tx, viewer, ids[LinkState.USED_UP]).uses_left == 0


@pytest.fixture
def wifi(database: Database, school_a: School, now: datetime) -> Callable[[School | None], str]:
    """Makes a Wi-Fi profile of a school, or of the city; gives its identifier."""

    def make(school: School | None) -> str:
        identifier = f"example.wifi.{school.number if school else 'city'}"
        with database.transaction() as tx:
            profile = Profile(
                school_id=school.id if school else None,
                identifier=identifier,
                name="WLAN",
                kind=ProfileKind.WIFI,
                current_version=1,
                created_at=now,
            )
            tx.add(profile)
            tx.flush()
            tx.add(
                ProfileVersion(
                    profile_id=profile.id,
                    version=1,
                    uuid="UUID-1",
                    sealed_content=b"",
                    summary={},
                    created_by="system:factory",
                    created_at=now,
                )
            )
        return identifier

    return make


def test_profiles_of_the_city_and_the_own_school_are_known_by_name(
    database: Database,
    school_a: School,
    school_b: School,
    wifi: Callable[[School | None], str],
) -> None:
    city, own, other = wifi(None), wifi(school_a), wifi(school_b)
    with database.transaction() as tx:
        viewer = people.viewer(tx, people.manager_a(tx, school_a))

        found = blueprints.profiles(tx, viewer, [city, own, other, "unknown"])

        assert set(found) == {city, own}
        assert found[own].uuid == "UUID-1"
