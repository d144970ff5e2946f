"""Operations of change plans: what they may say, how they are stored, what undoes them."""

from __future__ import annotations

from typing import Any

import pytest

from policies.errors import InvalidOperation, InvalidStored
from policies.groups import AllOf, HasApp, MemberOf, NotThis
from policies.operations import (
    ApplyRosterImport,
    AssignmentSpec,
    BeginAssignment,
    ChangeGroup,
    EndAssignment,
    Operation,
    PlaceDevice,
    Placing,
    ReplaceBlueprintVersion,
    ReplaceProfileVersion,
    Target,
    read_operations,
    write_operations,
)
from policies.undo import NoWayBack, NoWayBackKind, reverse
from tests.policies.builders import MINUTE, NOW

WLAN = AssignmentSpec(Target(1, grade="9"), profile_id=3, ends_at=NOW, since=NOW - MINUTE)
EVERY_KIND: tuple[Operation, ...] = (
    BeginAssignment(WLAN, 7),
    EndAssignment(8, AssignmentSpec(Target(), app_id=5)),
    ReplaceBlueprintVersion(1, 4, 5),
    ReplaceProfileVersion(1, 4, 5),
    PlaceDevice(9, Placing(1, 2), Placing(1, 3, owner_id=4)),
    ChangeGroup(2, HasApp("de.example.maths"), AllOf((NotThis(MemberOf(3)),))),
    ApplyRosterImport(6),
)


def test_operations_survive_their_json() -> None:
    assert read_operations(write_operations(EVERY_KIND)) == EVERY_KIND


@pytest.mark.parametrize(
    ("place", "key", "value", "path"),
    [
        (0, "is", "Explode", "[0]"),
        (0, "assignment_id", "7", "[0].assignment_id"),
        (2, "after", None, "[2].after"),
        (3, "before", {"is": "Target"}, "[3].before"),
    ],
)
def test_a_stored_operation_that_makes_no_sense_is_refused_by_its_path(
    place: int, key: str, value: Any, path: str
) -> None:
    stored = write_operations(EVERY_KIND)
    stored[place][key] = value

    with pytest.raises(InvalidStored) as refused:
        read_operations(stored)

    assert refused.value.field == path


def test_a_grade_needs_its_school() -> None:
    with pytest.raises(InvalidOperation, match=r"target\.school_id"):
        Target(grade="9")


def test_a_target_has_one_scope() -> None:
    with pytest.raises(InvalidOperation, match="more than one"):
        Target(1, grade="9", device_id=4)


@pytest.mark.parametrize("subjects", [{}, {"profile_id": 1, "app_id": 2}])
def test_a_rule_has_one_subject(subjects: dict[str, Any]) -> None:
    with pytest.raises(InvalidOperation, match="exactly one"):
        AssignmentSpec(Target(), **subjects)


def test_a_rule_ends_after_it_starts() -> None:
    with pytest.raises(InvalidOperation, match="ends_at"):
        AssignmentSpec(Target(), app_id=1, starts_at=NOW, ends_at=NOW)


def test_what_began_ends_and_what_ended_begins_last_one_first() -> None:
    ended = AssignmentSpec(Target(), app_id=5)

    undoing = reverse([BeginAssignment(WLAN, 7), EndAssignment(8, ended)])

    assert undoing == (BeginAssignment(ended), EndAssignment(7, WLAN))


def test_undoing_twice_is_doing() -> None:
    moves = EVERY_KIND[2:5]

    once = reverse(moves)
    assert not isinstance(once, NoWayBack)
    assert reverse(once) == moves


def test_an_import_has_no_way_back() -> None:
    assert reverse(EVERY_KIND) == NoWayBack(NoWayBackKind.ROSTER_IMPORT, 6)


def test_what_was_not_done_has_no_way_back() -> None:
    assert reverse([BeginAssignment(WLAN)]) == NoWayBack(NoWayBackKind.NOT_DONE, 0)
