"""Classes as Classroom knows them."""

from dataclasses import replace
from typing import Any

import pytest

from profiles.payloads.class_roster import (
    Department,
    DeviceGroup,
    Person,
    Roster,
    SchoolClass,
)
from profiles.payloads.classroom import Classroom, ClassroomTrust, classroom_payload
from tests.profiles.payloads.examples import ROSTER
from tests.profiles.payloads.support import IDENTIFIER, OTHER_UUID, UUID, content_of, refused

TEACHER = Classroom(UUID, "Beispielschule Nord", ROSTER, "t1")


def written(classroom: Classroom) -> dict[str, Any]:
    """The content on the device."""
    return content_of(classroom_payload(classroom, IDENTIFIER))


class TestPayload:
    def test_classes_and_people_are_written_with_numbers_for_beacons(self) -> None:
        content = written(TEACHER)

        assert content["UserIdentifier"] == "t1"
        assert content["Groups"] == [
            {
                "BeaconID": 7,
                "Name": "9b",
                "Description": "Englisch",
                "LeaderIdentifiers": ["t1"],
                "MemberIdentifiers": ["p1", "p2"],
                "DeviceGroupIdentifiers": ["wagen1"],
            }
        ]

    def test_names_arrive_as_typed(self) -> None:
        assert written(TEACHER)["Users"][2]["Name"] == "Kind B $SERIAL"

    def test_empty_lists_that_are_required_are_written(self) -> None:
        content = written(replace(TEACHER, roster=Roster((), (Person("t1", "A"),))))

        assert content["Groups"] == []

    def test_a_class_without_members_says_so(self) -> None:
        roster = Roster((SchoolClass(1, "Neu", (), ()),), (Person("t1", "A"),))

        (group,) = written(replace(TEACHER, roster=roster))["Groups"]

        assert group["MemberIdentifiers"] == []

    def test_a_shared_ipad_has_no_user(self) -> None:
        assert "UserIdentifier" not in written(replace(TEACHER, user_identifier=None))

    @pytest.mark.parametrize("beacon_id", [-1, 65536])
    def test_a_beacon_has_two_bytes(self, beacon_id: int) -> None:
        roster = Roster((SchoolClass(beacon_id, "9b", (), ()),), (Person("t1", "A"),))

        error = refused(lambda: written(replace(TEACHER, roster=roster)))

        assert error.field == "Groups[0].BeaconID"


class TestAgreement:
    @pytest.mark.parametrize(
        ("group", "field"),
        [
            (SchoolClass(1, "9b", ("t9",), ()), "Groups[0].LeaderIdentifiers[0]"),
            (SchoolClass(1, "9b", (), ("t1", "p9")), "Groups[0].MemberIdentifiers[1]"),
            (
                SchoolClass(1, "9b", (), (), device_groups=("w9",)),
                "Groups[0].DeviceGroupIdentifiers[0]",
            ),
        ],
    )
    def test_a_class_names_only_whom_the_list_has(self, group: SchoolClass, field: str) -> None:
        assert refused(lambda: Roster((group,), (Person("t1", "A"),))).field == field

    def test_two_people_have_two_identifiers(self) -> None:
        assert refused(lambda: Roster((), (Person("p", "A"), Person("p", "B")))).field == "Users[1]"

    def test_two_classes_have_two_beacons(self) -> None:
        classes = (SchoolClass(1, "9a", (), ()), SchoolClass(1, "9b", (), ()))

        assert refused(lambda: Roster(classes, ())).field == "Groups[1]"

    def test_two_trolleys_have_two_identifiers(self) -> None:
        groups = (DeviceGroup("w", "Wagen 1", ()), DeviceGroup("w", "Wagen 2", ()))

        assert refused(lambda: Roster((), (), groups)).field == "DeviceGroups[1]"

    def test_a_member_comes_once(self) -> None:
        error = refused(lambda: SchoolClass(1, "9b", (), ("p1", "p1")))

        assert error.field == "Groups.MemberIdentifiers[1]"

    def test_the_user_is_one_of_the_people(self) -> None:
        assert refused(lambda: replace(TEACHER, user_identifier="x")).field == "UserIdentifier"

    def test_everybody_on_a_shared_ipad_has_an_account(self) -> None:
        roster = Roster((), (Person("p1", "A"),))

        error = refused(lambda: replace(TEACHER, roster=roster, user_identifier=None))

        assert error.field == "Users.AppleID"

    def test_a_department_names_classes_that_are_here(self) -> None:
        error = refused(lambda: replace(TEACHER, departments=(Department("Englisch", (8,)),)))

        assert error.field == "Departments.GroupBeaconIDs"

    def test_anchors_need_an_identity(self) -> None:
        error = refused(lambda: ClassroomTrust(member_anchors=(OTHER_UUID,)))

        assert error.field == "PayloadCertificateUUID"


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Person("", "A"), "Users.Identifier"),
        (lambda: Person("p1", " "), "Users.Name"),
        (lambda: Person("p1", "A", image_url="http://a.example.org/"), "Users.ImageURL"),
        (lambda: SchoolClass(1, "", (), ()), "Groups.Name"),
        (lambda: SchoolClass(1, "9b", ("t1", "t1"), ()), "Groups.LeaderIdentifiers[1]"),
        (lambda: Department("", (1,)), "Departments.Name"),
        (lambda: Department("Englisch", ()), "Departments.GroupBeaconIDs"),
        (lambda: DeviceGroup("", "Wagen", ()), "DeviceGroups.Identifier"),
        (lambda: DeviceGroup("w1", "", ()), "DeviceGroups.Name"),
        (lambda: replace(TEACHER, organization_name=""), "OrganizationName"),
    ],
)
def test_what_classroom_would_show_as_nothing_is_refused(make: Any, field: str) -> None:
    assert refused(make).field == field


@pytest.mark.parametrize("uuid", ["", "schule"])
def test_the_organization_has_a_uuid(uuid: str) -> None:
    assert refused(lambda: replace(TEACHER, organization_uuid=uuid)).field == "OrganizationUUID"


def test_no_name_is_shown_in_a_log() -> None:
    assert "Lehrkraft" not in repr(TEACHER)
    assert "Kind" not in repr(TEACHER)
