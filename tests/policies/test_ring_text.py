"""Rings as people write them."""

import pytest

from policies.errors import InvalidOperation
from policies.ring_text import read_rings, write_rings
from policies.rings import RingKind, RingSpec
from policies.scope import Scope, ScopeKind

CLASS_9A = Scope(ScopeKind.CLASS, "12/9a")
SCHOOL_12 = Scope(ScopeKind.SCHOOL, "12")


def test_rings_are_read_in_their_order() -> None:
    rings = read_rings("training, class 9a, school 12, all", "12")

    assert rings == (
        RingSpec(RingKind.TRAINING),
        RingSpec(RingKind.CHOSEN, (CLASS_9A,)),
        RingSpec(RingKind.CHOSEN, (SCHOOL_12,)),
        RingSpec(RingKind.ALL),
    )


def test_a_ring_may_have_several_parts_and_name_their_school() -> None:
    rings = read_rings("class 12/9a + school 12")

    assert rings == (RingSpec(RingKind.CHOSEN, (CLASS_9A, SCHOOL_12)),)


def test_nothing_written_means_no_rings() -> None:
    assert read_rings(" , ") == ()


def test_what_is_written_is_read_again() -> None:
    text = "training, class 12/9a + grade 12/8, all"

    assert write_rings(read_rings(text)) == text


@pytest.mark.parametrize("text", ["city", "class", "klasse 9a", "class 9a"])
def test_what_is_no_ring_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InvalidOperation) as caught:
        read_rings(f"training, {text}")

    assert caught.value.field == "rings[1]"
