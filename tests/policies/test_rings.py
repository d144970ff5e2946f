"""Rings of a roll-out: a partition of the devices, and the gate between two rings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.city import Place
from policies.errors import InvalidOperation
from policies.rings import (
    Finish,
    Gate,
    Release,
    RingKind,
    RingProgress,
    RingSpec,
    Stop,
    StopUnproven,
    Wait,
    WaitingFor,
    assign_rings,
    next_step,
    usual_rings,
)
from policies.scope import Scope
from tests.policies.builders import NOW
from tests.policies.cities import around, class_of, place, places, school

HOUR = timedelta(hours=1)
GATE = Gate(max_failed_share=0.2, min_devices=5, wait=HOUR, patience=24 * HOUR)
GIVEN_UP = NOW + 23 * HOUR
TRAINING = RingSpec(RingKind.TRAINING)
ALL = RingSpec(RingKind.ALL)

chosen = st.sampled_from([school("11"), school("12"), class_of("12", "9a"), class_of("11", "8b")])
specs = st.lists(
    st.one_of(
        st.just(TRAINING),
        st.just(ALL),
        st.lists(chosen, min_size=1).map(lambda s: RingSpec(RingKind.CHOSEN, tuple(s))),
    ),
    max_size=4,
)


def one_class_first(*scopes: Scope) -> RingSpec:
    return RingSpec(RingKind.CHOSEN, scopes)


def released(
    number: int, devices: int, proven: int = 0, failed: int = 0, set_aside: int = 0
) -> RingProgress:
    return RingProgress(number, devices, NOW - HOUR, proven, failed, set_aside)


@given(places(), specs, st.sampled_from([(), ("11",), ("11", "12")]))
@settings(max_examples=100)
def test_every_device_is_in_exactly_one_ring_and_no_ring_is_empty(
    where: tuple[Place, ...], rings: list[RingSpec], training: tuple[str, ...]
) -> None:
    divided = assign_rings(where, rings, training)

    assert divided.by_device.keys() == {one.device for one in where}
    assert set(divided.by_device.values()) == set(range(len(divided.specs)))
    assert sum(divided.sizes) == len(where)
    assert all(divided.sizes)


@given(places(), specs, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_devices_does_not_matter(
    where: tuple[Place, ...], rings: list[RingSpec], chance: Random
) -> None:
    shuffled = list(where)
    chance.shuffle(shuffled)

    assert assign_rings(shuffled, rings) == assign_rings(where, rings)


def test_the_training_school_comes_first_then_a_class_then_all() -> None:
    trained, first, other = (
        place(number, around(*where))
        for number, where in enumerate([("11", "9", "a"), ("12", "9", "a"), ("12", "9", "b")])
    )
    rings = [TRAINING, one_class_first(class_of("12", "9a")), ALL]

    divided = assign_rings([other, first, trained], rings, training_schools=["11"])

    assert divided.by_device == {trained.device: 0, first.device: 1, other.device: 2}
    assert divided.specs == tuple(rings)


def test_without_a_training_school_the_next_ring_is_the_first() -> None:
    where = [place(1, around("12", "9", "a")), place(2, around("12", "9", "b"))]

    divided = assign_rings(where, [TRAINING, one_class_first(class_of("12", "9b")), ALL])

    assert divided.by_device == {2: 0, 1: 1}


def test_who_is_in_no_ring_comes_last() -> None:
    where = [place(1, around("12", "9", "a")), place(2, around("12", "9", "b"))]

    divided = assign_rings(where, [one_class_first(class_of("12", "9b"))])

    assert divided.by_device == {2: 0, 1: 1}
    assert divided.specs[-1] == ALL


def test_the_usual_rings_begin_with_the_largest_class_outside_the_training_school() -> None:
    where = [place(1, around("11", "9", "a")), place(2, around("11", "9", "a"))]
    where += [place(3, around("12", "8", "b")), place(4, around("12", "9", "a"))]
    where += [place(5, around("12", "9", "a"))]

    proposed = usual_rings(where, training_schools=["11"])

    class_ring, school_ring = (
        one_class_first(scope) for scope in (class_of("12", "9a"), school("12"))
    )
    assert proposed == (TRAINING, class_ring, school_ring, ALL)
    assert usual_rings([]) == (TRAINING, ALL)


@pytest.mark.parametrize("spec", [(RingKind.CHOSEN, ()), (RingKind.ALL, (school("12"),))])
def test_only_a_chosen_ring_names_scopes(spec: tuple[RingKind, tuple[Scope, ...]]) -> None:
    with pytest.raises(InvalidOperation, match=r"ring\.scopes"):
        RingSpec(*spec)


@pytest.mark.parametrize(
    "gate", [{"max_failed_share": 1.1}, {"min_devices": -1}, {"patience": -HOUR}]
)
def test_a_gate_that_nobody_can_pass_is_refused(gate: dict[str, float]) -> None:
    with pytest.raises(InvalidOperation, match="gate"):
        Gate(**gate)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        ([RingProgress(0, 3), RingProgress(1, 9)], Release(0, is_last=False)),
        ([RingProgress(0, 3)], Release(0, is_last=True)),
        ([released(0, 9, 5), RingProgress(1, 9)], Release(1, is_last=True)),
        ([released(0, 3, 3), RingProgress(1, 9)], Release(1, is_last=True)),
        ([released(0, 9, 4), RingProgress(1, 9)], Wait(WaitingFor.PROOFS)),
        ([released(0, 9, 4, 1), RingProgress(1, 9)], Release(1, is_last=True)),
        ([released(0, 9, 3, 2), RingProgress(1, 9)], Stop(0, 2, 9)),
        ([released(0, 9, 0, 1), RingProgress(1, 9)], Wait(WaitingFor.PROOFS)),
        ([released(0, 9, 0, 2), RingProgress(1, 9)], Stop(0, 2, 9)),
        ([released(0, 1, 0, 1), RingProgress(1, 9)], Stop(0, 1, 1)),
        ([released(0, 9, 9), released(1, 9, 7, 2), RingProgress(2, 9)], Stop(1, 2, 9)),
        ([released(0, 9, 6, 3), released(1, 9, 9), RingProgress(2, 9)], Stop(0, 3, 9)),
        ([released(0, 3, 3), released(1, 9, 8, 1)], Finish()),
        ([released(0, 9, 4, 0, 5), RingProgress(1, 9)], Release(1, is_last=True)),
        ([released(0, 9, 3, 0, 5), RingProgress(1, 9)], Wait(WaitingFor.PROOFS)),
        ([released(0, 9, 0, 1, 6), RingProgress(1, 9)], Stop(0, 1, 9)),
        ([released(0, 2, 0, 0, 2), RingProgress(1, 9)], StopUnproven(0)),
        ([released(0, 2, 2), released(1, 3, 0, 0, 3), RingProgress(2, 9)], StopUnproven(1)),
        ([released(0, 0), RingProgress(1, 9)], Release(1, is_last=True)),
        ([released(0, 9, 7), released(1, 2, 0, 0, 2)], Wait(WaitingFor.SILENT_DEVICES, GIVEN_UP)),
        ([released(0, 9, 9), released(1, 2, 0, 0, 2)], Finish()),
        ([released(0, 9, 7, 0, 2)], Finish()),
        ([], Finish()),
    ],
)
def test_the_gate_decides_what_comes_next(
    progress: Iterable[RingProgress], expected: object
) -> None:
    assert next_step(list(progress), GATE, NOW) == expected


def test_the_next_ring_waits_for_its_time() -> None:
    early = RingProgress(0, 3, NOW - HOUR / 2, proven=3)

    assert next_step([early, RingProgress(1, 9)], GATE, NOW) == Wait(
        WaitingFor.TIME, NOW + HOUR / 2
    )


def test_a_ring_without_a_proof_is_asked_about_when_its_time_has_passed_and_not_before() -> None:
    aside = RingProgress(0, 2, NOW - HOUR / 2, set_aside=2)
    rings = [aside, RingProgress(1, 9)]

    assert next_step(rings, GATE, NOW) == Wait(WaitingFor.TIME, NOW + HOUR / 2)
    assert next_step(rings, GATE, NOW + HOUR / 2) == StopUnproven(0)


@pytest.mark.parametrize("set_aside", [2, 1])
def test_a_ring_that_a_person_lets_pass_is_waited_for_no_more(set_aside: int) -> None:
    passed = replace(released(0, 2, set_aside=set_aside), is_let_pass=True)

    assert next_step([passed, RingProgress(1, 9)], GATE, NOW) == Release(1, is_last=True)


def test_failures_stop_the_roll_out_even_in_a_ring_that_a_person_lets_pass() -> None:
    passed = replace(released(0, 2, failed=1, set_aside=1), is_let_pass=True)

    assert next_step([passed, RingProgress(1, 9)], GATE, NOW) == Stop(0, 1, 2)


def test_whoever_wants_no_proofs_is_not_asked_for_one() -> None:
    rings = [released(0, 2, set_aside=2), RingProgress(1, 9)]

    assert next_step(rings, replace(GATE, min_devices=0), NOW) == Release(1, is_last=True)


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=3
    )
)
@settings(max_examples=100)
def test_no_ring_follows_one_in_which_nothing_is_proven_or_failed(
    sizes: list[tuple[int, int, int]],
) -> None:
    rings = [
        released(number, size, min(proven, size), 0, min(aside, size - min(proven, size)))
        for number, (size, proven, aside) in enumerate(sizes)
    ]

    step = next_step([*rings, RingProgress(len(rings), 9)], GATE, NOW)

    assert not isinstance(step, Release) or rings[-1].proven


def test_silent_ipads_keep_the_last_ring_open_for_a_while() -> None:
    last = released(0, 9, 8)
    end = NOW + 23 * HOUR

    assert next_step([last], GATE, NOW) == Wait(WaitingFor.SILENT_DEVICES, end)
    assert next_step([last], GATE, end) == Finish()


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=4),
    st.floats(0, 1),
    st.integers(0, 9),
)
@settings(max_examples=100)
def test_a_change_that_fails_nowhere_reaches_everybody(
    sizes: list[int], share: float, least: int
) -> None:
    gate = Gate(share, least, HOUR)
    rings = [RingProgress(number, size) for number, size in enumerate(sizes)]
    now = NOW

    for _ in range(2 * len(rings) + 1):
        step = next_step(rings, gate, now)
        if isinstance(step, Release):
            size = sizes[step.ring]
            rings[step.ring] = RingProgress(step.ring, size, now, proven=size)
        now += HOUR

    assert next_step(rings, gate, now) == Finish()
