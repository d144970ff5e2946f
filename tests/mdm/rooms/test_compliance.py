"""How the city's iPads stand: counted by class, grade and school, and the iPads behind a number."""

import json
from datetime import timedelta

import pytest

from enrollment.standing import EnrollmentState
from mdm.base.db import Database, Tx
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import Viewer
from mdm.rooms.compliance import files, members
from mdm.rooms.compliance.members import Wanted
from mdm.rooms.compliance.queries import State, state_of_city, state_of_school
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.schools.models import ClassGroup, Member, School
from policies.compliance import Compliance, ReasonCount, Share, Silence
from policies.outcome import OutcomeKind, OutcomeReason
from policies.roster.values import Role as MemberRole
from tests.factories.devices import a_device, a_held_ipad, an_enrollment, an_ipad
from tests.factories.outcomes import an_outcome
from tests.factories.schools import a_class, a_school
from tests.factories.times import NOW

DAY = timedelta(days=1)
EVERYTHING = Viewer(1, "administrator", "Administrator", Role.ADMINISTRATOR, None)
REFUSED = OutcomeReason("school.wlan", "refused", ("4001",))
MISSING = OutcomeReason("de.example.maths", "not_supervised")


class Ipads:
    """iPads of a school, one after the other."""

    def __init__(self, tx: Tx) -> None:
        self.tx, self.count = tx, 0

    def serial(self) -> str:
        self.count += 1
        return f"SIMC{self.count:06d}"

    def judged(
        self,
        school: School | None,
        outcome: OutcomeKind | None = OutcomeKind.AS_WISHED,
        *reasons: OutcomeReason,
        group: ClassGroup | None = None,
        silent: timedelta = timedelta(0),
        **device: object,
    ) -> Enrollment:
        row = an_ipad(self.tx, school, self.serial(), class_group=group, **device)
        row.last_seen_at = NOW - silent
        if outcome is not None:
            an_outcome(self.tx, row, outcome, *reasons)
        return row


def city(database: Database, viewer: Viewer = EVERYTHING) -> State:
    with database.reading() as tx:
        return state_of_city(tx, viewer, NOW)


def shares(state: State) -> dict[str, Share]:
    return {str(share.scope): share for share in state.shares}


def test_every_ipad_stands_at_exactly_one_place(database: Database) -> None:
    with database.transaction() as tx:
        school, ipads = a_school(tx), Ipads(tx)
        for outcome in (*OutcomeKind, None):
            ipads.judged(school, outcome)
        a_device(tx, school, "SIMEXPECTED")
        a_held_ipad(tx, school)
        left = a_device(tx, school, "SIMLEFT")
        an_enrollment(tx, left, state=EnrollmentState.CHECKED_OUT, ended_at=NOW)
        joining = a_device(tx, school, "SIMJOINING")
        an_enrollment(tx, joining, state=EnrollmentState.AUTHENTICATED, last_seen_at=None)
        a_device(tx, school, "SIMRETIRED", retired_at=NOW)

    whole = city(database).shares[0]

    assert whole.devices == 9
    assert whole.by_compliance == {
        Compliance.AS_WISHED: 1,
        Compliance.ON_ITS_WAY: 2,
        Compliance.BLOCKED: 1,
        Compliance.NOT_ENROLLED: 3,
        Compliance.NEVER_SEEN: 2,
    }


def test_what_has_happened_since_a_judgement_takes_the_proof_away(database: Database) -> None:
    with database.transaction() as tx:
        school, ipads = a_school(tx), Ipads(tx)
        ipads.judged(school).due_generation = 1
        ipads.judged(school, OutcomeKind.BLOCKED, REFUSED).due_generation = 1

    counts = city(database).shares[0].by_compliance

    assert (counts[Compliance.AS_WISHED], counts[Compliance.ON_ITS_WAY]) == (0, 1)
    assert counts[Compliance.BLOCKED] == 1


def test_classes_grades_and_schools_are_counted_apart(database: Database) -> None:
    with database.transaction() as tx:
        north, south, ipads = a_school(tx), a_school(tx, "13", "Beispielschule Süd"), Ipads(tx)
        ipads.judged(north, group=a_class(tx, north, "7b"))
        ipads.judged(north, group=a_class(tx, north, "7c"))
        ipads.judged(south, group=a_class(tx, south, "7b"))
        ipads.judged(None)

    found = {name: share.devices for name, share in shares(city(database)).items()}

    assert found == {
        "city": 4,
        "school 12": 2,
        "school 13": 1,
        "grade 12/7": 2,
        "grade 13/7": 1,
        "class 12/7b": 1,
        "class 12/7c": 1,
        "class 13/7b": 1,
    }


def test_without_a_class_the_grade_of_the_owner_counts(database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        pupil = Member(
            school_id=school.id,
            source_id="p-1",
            role=MemberRole.PUPIL,
            given_name="Ada",
            family_name="Beispiel",
            grade="9",
            created_at=NOW,
        )
        tx.add(pupil)
        tx.flush()
        ipads = Ipads(tx)
        ipads.judged(school, owner_id=pupil.id)
        ipads.judged(school, group=a_class(tx, school, "7b"), owner_id=pupil.id)

    assert {"grade 12/9", "grade 12/7"} <= set(shares(city(database)))


def test_silence_is_counted_from_its_first_day_on(database: Database) -> None:
    with database.transaction() as tx:
        school, ipads = a_school(tx), Ipads(tx)
        for days in (0, 6, 7, 29, 30, 60):
            ipads.judged(school, silent=days * DAY)
        ipads.judged(school, OutcomeKind.BLOCKED, REFUSED, silent=90 * DAY)

    whole = city(database).shares[0]

    assert whole.silent == {Silence.WEEK: 5, Silence.MONTH: 3, Silence.TWO_MONTHS: 2}
    assert whole.unheard == 4


def test_an_ipad_that_is_not_enrolled_is_not_silent_too(database: Database) -> None:
    with database.transaction() as tx:
        row = a_device(tx, a_school(tx))
        long_ago = NOW - 90 * DAY
        an_enrollment(tx, row, long_ago, state=EnrollmentState.CHECKED_OUT, ended_at=long_ago)

    assert set(city(database).shares[0].silent.values()) == {0}


def test_reasons_are_counted_once_for_each_ipad_the_most_frequent_first(
    database: Database,
) -> None:
    with database.transaction() as tx:
        school, ipads = a_school(tx), Ipads(tx)
        other_words = OutcomeReason(REFUSED.subject, REFUSED.kind, ("4002",))
        ipads.judged(school, OutcomeKind.BLOCKED, REFUSED, other_words)
        ipads.judged(school, OutcomeKind.BLOCKED, REFUSED, MISSING)
        ipads.judged(school, OutcomeKind.NOT_MANAGED, MISSING)

    found = shares(city(database))

    expected = (
        ReasonCount(OutcomeReason("school.wlan", "refused"), 2),
        ReasonCount(OutcomeReason("de.example.maths", "not_supervised"), 1),
    )
    assert found["city"].reasons == found["school 12"].reasons == expected


def test_the_figures_say_how_old_their_judgements_are(database: Database) -> None:
    with database.transaction() as tx:
        school, ipads = a_school(tx), Ipads(tx)
        ipads.judged(school)
        an_outcome(tx, ipads.judged(school, None), at=NOW - DAY)

    state = city(database)

    assert state.at == NOW
    assert state.shares[0].oldest_judgement == NOW - DAY


def test_a_person_counts_only_the_schools_he_sees(database: Database) -> None:
    with database.transaction() as tx:
        north, south, ipads = a_school(tx), a_school(tx, "13", "Beispielschule Süd"), Ipads(tx)
        ipads.judged(north, OutcomeKind.BLOCKED, REFUSED)
        ipads.judged(south, OutcomeKind.BLOCKED, MISSING)
        ipads.judged(None)
        manager = Viewer(2, "manager_a", "A", Role.CAMPUS_MANAGER, frozenset({north.id}))

    state = city(database, manager)

    assert not state.is_whole
    assert set(shares(state)) == {"city", "school 12"}
    assert state.shares[0].devices == 1
    assert [one.reason.subject for one in state.shares[0].reasons] == ["school.wlan"]


def test_a_school_alone_is_the_first_share_even_when_it_has_no_ipad(database: Database) -> None:
    with database.transaction() as tx:
        north, south = a_school(tx), a_school(tx, "13", "Beispielschule Süd")
        Ipads(tx).judged(south, group=a_class(tx, south, "7b"))

    with database.reading() as tx:
        empty, full = (state_of_school(tx, school, NOW).shares for school in (north, south))

    assert [(str(share.scope), share.devices) for share in empty] == [("school 12", 0)]
    assert [str(share.scope) for share in full] == ["school 13", "grade 13/7", "class 13/7b"]


def test_the_city_can_be_counted_without_its_classes(database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        Ipads(tx).judged(school, group=a_class(tx, school, "7b"))
    with database.reading() as tx:
        state = state_of_city(tx, EVERYTHING, NOW, with_classes=False)

    assert [str(share.scope) for share in state.shares] == ["city", "school 12"]


def test_two_statements_count_any_number_of_ipads(
    database: Database, count_statements: list[str]
) -> None:
    with database.transaction() as tx:
        ipads = Ipads(tx)
        for number in range(12, 16):
            school = a_school(tx, str(number))
            for _ in range(3):
                ipads.judged(school, OutcomeKind.BLOCKED, REFUSED)
    count_statements.clear()

    city(database)

    assert len(count_statements) == 2


WANTED = (
    (Wanted(), {"A", "B", "C", "D"}),
    (Wanted(compliance=Compliance.AS_WISHED), {"A"}),
    (Wanted(compliance=Compliance.NEVER_SEEN), {"D"}),
    (Wanted(silence=Silence.WEEK), {"A", "C"}),
    (Wanted(silence=Silence.MONTH), {"C"}),
    (Wanted(grade="7"), {"A", "B"}),
    (Wanted(class_name="7b"), {"A"}),
    (Wanted(reason=OutcomeReason("school.wlan", "refused")), {"B", "C"}),
    (Wanted(reason=OutcomeReason("school.wlan", "not_supervised")), set()),
    (Wanted(grade="7", reason=OutcomeReason("school.wlan", "refused")), {"B"}),
)


@pytest.mark.parametrize(("wanted", "expected"), WANTED)
def test_a_list_has_the_ipads_that_were_counted(
    database: Database, wanted: Wanted, expected: set[str]
) -> None:
    blocked = OutcomeKind.BLOCKED
    with database.transaction() as tx:
        north, south = a_school(tx), a_school(tx, "13", "Beispielschule Süd")
        a_named(tx, "A", north, a_class(tx, north, "7b"), silent=10)
        a_named(tx, "B", north, a_class(tx, north, "7c"), blocked, REFUSED)
        a_named(tx, "C", south, None, blocked, REFUSED, MISSING, silent=40)
        a_device(tx, south, "SIMD", name="D")

    with database.reading() as tx:
        rows = members.listed(tx, EVERYTHING, wanted, NOW, 50)
        count = members.count(tx, EVERYTHING, wanted, NOW)

    assert {row.name for row in rows} == expected
    assert count == len(expected)


def test_a_list_shows_nobody_more_than_he_may_see(database: Database) -> None:
    with database.transaction() as tx:
        north, south = a_school(tx), a_school(tx, "13", "Beispielschule Süd")
        a_named(tx, "A", north, None)
        manager = Viewer(2, "manager_b", "B", Role.CAMPUS_MANAGER, frozenset({south.id}))

    with database.reading() as tx:
        assert members.listed(tx, manager, Wanted(), NOW, 50) == []
        assert members.listed(tx, manager, Wanted(north.id), NOW, 50) == []


def a_named(
    tx: Tx,
    name: str,
    school: School,
    group: ClassGroup | None,
    outcome: OutcomeKind = OutcomeKind.AS_WISHED,
    *reasons: OutcomeReason,
    silent: int = 0,
) -> None:
    row = an_ipad(tx, school, f"SIM{name}", class_group=group, name=name)
    row.last_seen_at = NOW - silent * DAY
    an_outcome(tx, row, outcome, *reasons)


def test_a_table_has_stable_headings_and_one_line_a_scope(database: Database) -> None:
    with database.transaction() as tx:
        school, ipads = a_school(tx), Ipads(tx)
        group = a_class(tx, school, "7b")
        ipads.judged(school, OutcomeKind.BLOCKED, REFUSED, group=group)
        ipads.judged(school, group=group, silent=8 * DAY)

    lines = files.as_csv(city(database)).decode("utf-8-sig").splitlines()

    assert lines[0] == (
        "at;oldest_judgement;scope;school;grade;class;devices;as_wished;on_its_way;blocked;"
        "not_enrolled;never_seen;as_wished_percent;as_wished_but_silent;silent_7_days;"
        "silent_30_days;silent_60_days;most_frequent_reasons"
    )
    at = NOW.isoformat()
    assert lines[-1] == (f"{at};{at};class;12;;7b;2;1;0;1;0;0;50;1;1;0;0;refused school.wlan (1)")
    assert [line.split(";")[2] for line in lines[1:]] == ["city", "school", "grade", "class"]


def test_a_class_whose_name_is_a_formula_stays_a_text(database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        Ipads(tx).judged(school, group=a_class(tx, school, "=1+1"))

    table = files.as_csv(city(database)).decode("utf-8-sig")

    assert ";'=1+1;" in table


def test_a_document_says_the_same_for_programs(database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        Ipads(tx).judged(school, OutcomeKind.BLOCKED, REFUSED)

    document = json.loads(files.as_json(city(database)))

    assert document["at"] == NOW.isoformat()
    assert document["shares"][1] == {
        "scope": "school",
        "school": "12",
        "devices": 1,
        "by_compliance": {
            "as_wished": 0,
            "on_its_way": 0,
            "blocked": 1,
            "not_enrolled": 0,
            "never_seen": 0,
        },
        "as_wished_percent": 0,
        "as_wished_but_silent": 0,
        "silent_days": {"7": 0, "30": 0, "60": 0},
        "reasons": [{"kind": "refused", "subject": "school.wlan", "devices": 1}],
        "oldest_judgement": NOW.isoformat(),
    }


def test_a_file_about_some_schools_does_not_call_them_the_city(database: Database) -> None:
    with database.transaction() as tx:
        north = a_school(tx)
        manager = Viewer(2, "manager_a", "A", Role.CAMPUS_MANAGER, frozenset({north.id}))

    document = json.loads(files.as_json(city(database, manager)))

    assert document["shares"][0]["scope"] == "schools_in_sight"
