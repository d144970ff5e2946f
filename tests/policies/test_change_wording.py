"""A change plan in plain words."""

from __future__ import annotations

from policies.assignment import AppChoice, Assignment, OsTarget
from policies.change_plan import Situated, preview
from policies.change_wording import describe_preview
from policies.scope import CITY
from tests.policies.builders import NOW, profile
from tests.policies.cities import DAY, around, class_of, grade, place, school

NINE_A, NINE_B = place(1, around("12", "9", "a")), place(2, around("12", "9", "b"))
NAMES = {"school.wlan": "WLAN Schule-12", "de.example.maths": "Rechnen"}


def words(before: list[Assignment], after: list[Assignment]) -> list[str]:
    devices = [Situated.staying(one) for one in (NINE_A, NINE_B)]
    return describe_preview(preview([], {CITY: before}, {CITY: after}, devices, NOW), NAMES)


def test_a_preview_says_what_each_ipad_gets_and_loses() -> None:
    old = Assignment(school("12"), NOW - DAY, (profile("school.alt"),))
    new = Assignment(grade("12", "9"), NOW, (profile("school.wlan", 2),))

    assert words([old], [new]) == [
        "touches 2 iPads",
        "2 iPads:",
        "  loses profile school.alt v1",
        "  gets profile 'WLAN Schule-12' (school.wlan) v2",
    ]


def test_a_preview_says_what_does_not_come_back() -> None:
    app = Assignment(CITY, NOW - DAY, apps=(AppChoice("de.example.maths"),))
    gone = Assignment(class_of("12", "9a"), NOW, absent_apps=("de.example.maths",))
    newer = Assignment(
        class_of("12", "9a"), NOW, os_version=OsTarget("26.1", NOW.replace(tzinfo=None))
    )

    assert words([app], [app, gone, newer]) == [
        "touches 1 iPad",
        "1 iPad:",
        "  gets no app 'Rechnen' (de.example.maths) instead of app 'Rechnen' (de.example.maths)",
        "  gets iPadOS 26.1 by 2026-09-01T08:00",
        "  conflict: de.example.maths: class 12/9a wins over city (narrower scope)",
        "cannot be undone: on 1 iPad the data of app Rechnen is deleted",
        "cannot be undone: on 1 iPad iPadOS 26.1 is installed",
    ]


def test_a_preview_says_what_stays_for_another_reason_and_what_is_settled() -> None:
    wide = Assignment(CITY, NOW - DAY, (profile("school.wlan", 1),))
    narrow = Assignment(class_of("12", "9a"), NOW, (profile("school.wlan", 1),))

    assert words([wide], [wide, narrow])[2:] == [
        "  keeps profile 'WLAN Schule-12' (school.wlan) v1, from now on by class 12/9a"
    ]


def test_a_preview_of_nothing_says_so() -> None:
    assert words([], []) == ["touches no iPad"]
