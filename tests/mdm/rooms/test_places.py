"""Where iPads are and who is in what, as pages ask for it; and a roster taken out as a file."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

import pytest
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, Forbidden, InvalidInput, NotFound
from mdm.base.vault import Vault
from mdm.rooms.access.models import Role as PersonRole
from mdm.rooms.access.service import Viewer, viewer_of
from mdm.rooms.devices import seating
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.placing import Placement, place
from mdm.rooms.devices.placing_by_hand import Where, move_of, standing_of
from mdm.rooms.rosters import exporting, reading, service
from mdm.rooms.rosters.lines import About, Happening, Line, lines_of, seat_lines
from mdm.rooms.rosters.reading import Upload
from mdm.rooms.rosters.service import RosterFile
from mdm.rooms.rosters.shown import Shown
from mdm.rooms.rosters.touched import touched
from mdm.rooms.schools import queries, structure
from mdm.rooms.schools.models import School
from policies.roster.formats.limits import DEFAULT_LIMITS
from policies.roster.formats.recognise import Format
from policies.roster.roster import Roster
from tests.factories.people import a_person
from tests.factories.rosters import a_pupil, next_year, one_class
from tests.factories.rosters import a_school as a_roster
from tests.factories.schools import a_school


@dataclass(frozen=True, slots=True)
class City:
    """Two schools with their roster, and who looks after both."""

    tx: Tx
    vault: Vault
    viewer: Viewer
    north: School
    south: School
    now: datetime

    def draft(self, roster: Roster) -> Shown:
        file = RosterFile("schule.csv", "generic", b"content", roster)
        row = service.draft(self.tx, self.vault, self.viewer, file, self.now)
        return service.show(self.tx, self.vault, self.viewer, row.id)

    def device(self, serial: str) -> Device:
        return self.tx.scalars(select(Device).where(Device.serial == serial)).one()

    def put(self, serial: str, **where: object) -> bool:
        wanted = Where(**where)  # type: ignore[arg-type]
        device = self.device(serial)
        move = move_of(self.tx, self.viewer, device, self.north, wanted)
        if move is None:
            return False
        return place(self.tx, device, Placement(**asdict(move.after)), self.viewer.actor, self.now)


@pytest.fixture
def city(database: Database, vault: Vault, now: datetime) -> Iterator[City]:
    with database.transaction() as tx:
        north, south = a_school(tx, "12"), a_school(tx, "13", "Beispielschule Süd")
        viewer = viewer_of(tx, a_person(tx, "manager_a", schools=[north, south]))
        city = City(tx, vault, viewer, north, south, now)
        shown = city.draft(a_roster())
        service.carry_out(tx, vault, shown.row.id, viewer.actor, now)
        tx.flush()
        yield city


def test_classes_and_courses_are_counted_by_role(city: City) -> None:
    classes = queries.class_lines(city.tx, city.north.id)
    courses = queries.course_lines(city.tx, city.north.id)

    assert [(c.name, c.pupils, c.teachers) for c in classes] == [
        ("6a", 30, 0),
        ("7a", 30, 0),
        ("7b", 30, 1),
    ]
    assert [(c.name, c.subject, c.pupils) for c in courses] == [
        ("Chor", "Musik", 10),
        ("Mathe 7", "Mathematik", 60),
    ]


def test_a_class_that_ended_is_not_listed(city: City) -> None:
    queries.classes_of(city.tx, city.north.id)[0].ended_at = city.now
    city.tx.flush()

    assert [row.name for row in queries.classes_of(city.tx, city.north.id)] == ["7a", "7b"]


def test_people_are_listed_once_with_their_class(city: City) -> None:
    people = queries.members_of(city.tx, city.north.id)

    assert len(people) == len({one.source_id for one in people}) == 93
    assert people[0].class_name == "6a"


def test_a_trolley_shows_which_ipad_is_in_which_slot(city: City) -> None:
    (trolley,) = seating.trolleys(city.tx, city.north.id)

    assert [(slot.number, slot.serial) for slot in trolley.slots] == [
        (1, "DMPX0003"),
        (2, "DMPX0004"),
    ]
    assert trolley.taken == 2
    seven_b = queries.classes_of(city.tx, city.north.id)[2]
    assert seating.devices_by_class(city.tx, city.north.id) == {seven_b.id: 2}


def test_an_ipad_put_somewhere_by_hand_is_there(city: City) -> None:
    structure.add_trolley(city.tx, city.north, "Koffer 2", 3, city.viewer.actor, city.now)

    changed = city.put("DMPX0001", trolley="Koffer 2", slot=2, owner="S-0001")

    assert changed
    standing = standing_of(city.tx, city.device("DMPX0001"))
    assert standing.where == Where("6a", "Koffer 2", 2, "S-0001")
    assert standing.owner_name == "Kind-01 Muster-01"
    assert not city.put("DMPX0001", trolley="Koffer 2", slot=2, owner="S-0001")


def test_without_a_number_the_first_free_slot_is_taken(city: City) -> None:
    structure.add_trolley(city.tx, city.north, "Koffer 2", 1, city.viewer.actor, city.now)

    city.put("DMPX0001", trolley="Koffer 2")

    assert standing_of(city.tx, city.device("DMPX0001")).where.slot == 1
    with pytest.raises(InvalidInput):
        city.put("DMPX0002", trolley="Koffer 2")


def test_a_class_has_numbered_places_too(city: City) -> None:
    city.put("DMPX0001", class_name="7a", slot=4)

    assert standing_of(city.tx, city.device("DMPX0001")).where == Where("7a", "", 4)
    with pytest.raises(Conflict):
        city.put("DMPX0003", class_name="7a", slot=4)


@pytest.mark.parametrize(
    ("where", "refused"),
    [
        ({"class_name": "9z"}, NotFound),
        ({"trolley": "Koffer 9"}, NotFound),
        ({"owner": "S-9999"}, NotFound),
        ({"slot": 3}, InvalidInput),
        ({"class_name": "7a", "slot": 65}, InvalidInput),
        ({"trolley": "Koffer 1", "slot": 9}, InvalidInput),
    ],
)
def test_a_place_that_is_not_there_is_refused(
    city: City, where: dict[str, object], refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        city.put("DMPX0001", **where)


def test_a_foreign_ipad_cannot_be_placed_and_a_reader_places_none(city: City) -> None:
    device = city.device("DMPX0001")
    stranger = viewer_of(city.tx, a_person(city.tx, "manager_b", schools=[city.south]))
    reader = viewer_of(city.tx, a_person(city.tx, "reader", PersonRole.READER, [city.north]))

    with pytest.raises(NotFound):
        move_of(city.tx, stranger, device, city.south, Where())
    with pytest.raises(Forbidden):
        move_of(city.tx, reader, device, city.north, Where())


def test_the_lines_of_a_difference_name_people_and_groups(city: City) -> None:
    shown = city.draft(next_year(a_roster()))

    lines = lines_of(shown)

    assert lines[0].happening is Happening.REMOVED
    up = next(line for line in lines if line.what == "Muster-63, Kind-63" and line.move)
    assert (up.before, up.after, str(up.move)) == ("12/7b", "12/8b", "up")
    assert "DMPX0001" in {seat.serial for seat in seat_lines(shown)}


def test_who_goes_stands_on_one_line_with_all_groups(city: City) -> None:
    shown = city.draft(one_class(a_pupil(1), name="6a", grade="6"))

    lines = [line for line in lines_of(shown) if line.what == "Muster-02, Kind-02"]

    assert lines == [
        Line(About.PERSONS, Happening.REMOVED, "Muster-02, Kind-02", before="12/6a, 12/Chor")
    ]


@pytest.mark.parametrize("kind", exporting.FORMATS)
def test_an_export_speaks_of_its_own_school_and_imports_unchanged(city: City, kind: Format) -> None:
    """Of a teacher at two schools, too: the other one must not seem to have no one else."""
    made = exporting.export(city.tx, city.viewer, city.north, kind, city.now)

    upload = Upload(made.name, made.content)
    read = reading.read(upload, city.north, None, None, DEFAULT_LIMITS)

    assert read.file is not None
    assert read.file.roster.numbers == {"12"}
    assert city.draft(read.file.roster).difference.is_empty


def test_an_export_is_for_who_manages_the_school(city: City) -> None:
    reader = viewer_of(city.tx, a_person(city.tx, "reader", PersonRole.READER, [city.north]))

    with pytest.raises(Forbidden):
        exporting.export(city.tx, reader, city.north, Format.GENERIC, city.now)
    with pytest.raises(InvalidInput):
        exporting.export(city.tx, city.viewer, city.north, Format.SCHILD, city.now)


def test_a_teacher_of_two_schools_does_not_make_an_import_concern_both(city: City) -> None:
    north = exporting.export(city.tx, city.viewer, city.north, Format.GENERIC, city.now)
    upload = Upload(north.name, north.content)
    read = reading.read(upload, city.north, None, None, DEFAULT_LIMITS)
    assert read.file is not None

    own = city.draft(read.file.roster)
    leaving = city.draft(next_year(a_roster()))

    assert touched(city.tx, own) == {city.north.id}
    assert touched(city.tx, leaving) == {city.north.id, city.south.id}
