"""How many iPads are as they should be, class by class."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.compliance import (
    MOST_REASONS,
    Compliance,
    Counted,
    ReasonCount,
    Share,
    Silence,
    Where,
    shares,
)
from policies.outcome import OutcomeReason
from policies.scope import CITY, Scope, ScopeKind
from tests.policies.builders import NOW, SCHOOL

DAY = timedelta(days=1)
REFUSED = OutcomeReason("school.wlan", "refused")
AT_9A = Where("12", "9", "9a")

places = st.builds(
    Where,
    st.sampled_from(["11", "12"]),
    st.sampled_from(["8", "9", None]),
    st.sampled_from(["8a", "9a", None]),
) | st.just(Where())
counts = st.builds(Counted, places, st.sampled_from(Compliance), st.integers(1, 30))


def some(
    devices: int = 1,
    compliance: Compliance = Compliance.AS_WISHED,
    where: Where = AT_9A,
    silent: int = 0,
) -> Counted:
    return Counted(where, compliance, devices, {Silence.WEEK: silent})


def city(*counted: Counted, reasons: tuple[tuple[Where, ReasonCount], ...] = ()) -> Share:
    return shares(counted, reasons)[0]


def test_what_is_counted_adds_up_for_class_grade_school_and_city() -> None:
    counted = [
        some(2),
        some(1, Compliance.BLOCKED),
        some(4, where=Where("12", "9", "9b")),
        some(1, where=Where("12", "8", "8a")),
    ]

    added = shares(counted)

    found = {
        str(one.scope): (one.devices, one.by_compliance[Compliance.AS_WISHED]) for one in added
    }
    assert found == {
        "city": (8, 7),
        "school 12": (8, 7),
        "grade 12/8": (1, 1),
        "grade 12/9": (7, 6),
        "class 12/8a": (1, 1),
        "class 12/9a": (3, 2),
        "class 12/9b": (4, 4),
    }


def test_a_school_alone_is_its_own_root() -> None:
    assert [str(one.scope) for one in shares([some()], root=SCHOOL)] == [
        "school 12",
        "grade 12/9",
        "class 12/9a",
    ]


@pytest.mark.parametrize("root", [CITY, SCHOOL])
def test_of_nothing_the_share_is_nothing(root: Scope) -> None:
    (only,) = shares([], root=root)

    assert (only.scope, only.devices, only.percent(Compliance.AS_WISHED)) == (root, 0, 0)


def test_a_hundred_per_cent_means_every_single_one() -> None:
    assert city(some(999), some(1, Compliance.BLOCKED)).percent(Compliance.AS_WISHED) == 99
    assert city(some(999)).percent(Compliance.AS_WISHED) == 100


def test_silent_ipads_that_were_as_wished_are_told_apart() -> None:
    share = city(some(5, silent=2), some(4, Compliance.BLOCKED, silent=3))

    assert (share.silent[Silence.WEEK], share.unheard) == (5, 2)


def test_the_oldest_judgement_dates_the_whole() -> None:
    counted = [
        Counted(AT_9A, Compliance.AS_WISHED, 1, oldest_judgement=NOW - DAY),
        Counted(AT_9A, Compliance.BLOCKED, 1, oldest_judgement=NOW),
        Counted(AT_9A, Compliance.NEVER_SEEN, 1),
    ]

    assert city(*counted).oldest_judgement == NOW - DAY


def test_the_most_frequent_reasons_come_first() -> None:
    many = [OutcomeReason(f"school.p{number:02}", "refused") for number in range(12)]
    reasons = [(AT_9A, ReasonCount(reason, 1)) for reason in many]
    reasons.append((Where("13"), ReasonCount(many[11], 1)))

    found = city(reasons=tuple(reasons)).reasons

    assert len(found) == MOST_REASONS
    assert found[0] == ReasonCount(many[11], 2)
    assert found[1:] == tuple(ReasonCount(reason, 1) for reason in many[:9])


def test_reasons_stay_with_their_class() -> None:
    found = shares([some(), some(where=Where("12", "8", "8a"))], [(AT_9A, ReasonCount(REFUSED, 3))])

    with_reason = {str(one.scope) for one in found if one.reasons}
    assert with_reason == {"city", "school 12", "grade 12/9", "class 12/9a"}


def test_schools_come_in_the_order_of_their_numbers() -> None:
    counted = [some(where=Where(number)) for number in ("12", "G-7", "9")]

    assert [one.scope.name for one in shares(counted)] == ["", "9", "12", "G-7"]


@given(st.lists(counts, max_size=20))
@settings(max_examples=50)
def test_numbers_sum_up_at_every_scope_and_over_the_schools(counted: list[Counted]) -> None:
    added = shares(counted)

    schools = [one for one in added if one.scope.kind is ScopeKind.SCHOOL]
    homeless = sum(one.devices for one in counted if one.where.school is None)
    assert added[0].devices == sum(one.devices for one in counted)
    assert added[0].devices == sum(one.devices for one in schools) + homeless
    for one in added:
        assert sum(one.by_compliance.values()) == one.devices
