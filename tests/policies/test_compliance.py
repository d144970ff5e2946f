"""How many iPads are as they should be, class by class."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.compliance import MOST_REASONS, ReasonCount, Share, Silence, Standing, shares
from policies.outcome import OutcomeKind, OutcomeReason
from policies.scope import CITY, Scope, ScopeKind
from tests.policies.builders import NOW

DAY = timedelta(days=1)
REFUSED = OutcomeReason("school.wlan", "refused")

standings = st.builds(
    Standing,
    st.sampled_from(["11", "12", None]),
    st.sampled_from(["8", "9", None]),
    st.sampled_from(["8a", "9a", None]),
    st.none() | st.sampled_from(OutcomeKind),
    last_contact=st.none() | st.integers(0, 90).map(lambda days: NOW - days * DAY),
)


def an_ipad(
    outcome: OutcomeKind | None = OutcomeKind.AS_WISHED,
    *reasons: OutcomeReason,
    grade: str = "9",
    silent_days: int = 0,
) -> Standing:
    return Standing("12", grade, f"{grade}a", outcome, reasons, NOW - silent_days * DAY)


def share(scope: Scope, *ipads: Standing) -> Share:
    (found,) = (share for share in shares(ipads, NOW) if share.scope == scope)
    return found


def test_outcomes_are_counted_for_class_grade_school_and_city() -> None:
    ipads = [an_ipad(), an_ipad(OutcomeKind.BLOCKED, REFUSED), an_ipad(grade="8")]

    counted = shares(ipads, NOW)

    found = {str(one.scope): (one.devices, one.outcomes[OutcomeKind.AS_WISHED]) for one in counted}
    assert found == {
        "city": (3, 2),
        "school 12": (3, 2),
        "grade 12/8": (1, 1),
        "grade 12/9": (2, 1),
        "class 12/8a": (1, 1),
        "class 12/9a": (2, 1),
    }


def test_of_nothing_the_share_is_nothing() -> None:
    (city,) = shares([], NOW)

    assert (city.devices, city.share_of(OutcomeKind.AS_WISHED)) == (0, 0.0)


def test_an_ipad_for_which_nothing_was_planned_yet_is_on_its_way() -> None:
    assert share(CITY, an_ipad(None)).outcomes[OutcomeKind.ON_ITS_WAY] == 1


def test_silence_is_counted_from_its_first_day_on() -> None:
    ipads = [an_ipad(silent_days=days) for days in (0, 6, 7, 29, 30, 60)]
    ipads.append(Standing("12", None, None, None))

    silent = share(CITY, *ipads).silent

    assert silent == {Silence.WEEK: 5, Silence.MONTH: 3, Silence.TWO_MONTHS: 2}


def test_the_most_frequent_reasons_come_first() -> None:
    many = [OutcomeReason(f"school.p{number:02}", "refused") for number in range(12)]
    ipads = [an_ipad(OutcomeKind.BLOCKED, *many), an_ipad(OutcomeKind.BLOCKED, many[11])]

    reasons = share(CITY, *ipads).reasons

    assert len(reasons) == MOST_REASONS
    assert reasons[0] == ReasonCount(many[11], 2)
    assert reasons[1:] == tuple(ReasonCount(reason, 1) for reason in many[:9])


def test_a_reason_counts_once_for_each_ipad() -> None:
    told_twice = [OutcomeReason("school.wlan", "refused", (code,)) for code in ("a", "b")]

    assert share(CITY, an_ipad(OutcomeKind.BLOCKED, *told_twice)).reasons == (
        ReasonCount(REFUSED, 1),
    )


def test_schools_come_in_the_order_of_their_numbers() -> None:
    ipads = [Standing(number, None, None, None) for number in ("12", "G-7", "9")]

    assert [one.scope.name for one in shares(ipads, NOW)] == ["", "9", "12", "G-7"]


@given(st.lists(standings, max_size=20))
@settings(max_examples=50)
def test_outcomes_sum_up_at_every_scope_and_over_the_schools(ipads: list[Standing]) -> None:
    counted = shares(ipads, NOW)

    city = counted[0]
    schools = [one for one in counted if one.scope.kind is ScopeKind.SCHOOL]
    homeless = sum(one.school is None for one in ipads)
    assert city.devices == len(ipads) == sum(one.devices for one in schools) + homeless
    for one in counted:
        assert sum(one.outcomes.values()) == one.devices
        assert one.silent[Silence.TWO_MONTHS] <= one.silent[Silence.MONTH] <= one.devices
