"""Frozen values as JSON: the same value back, and a digest that tells equal ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.errors import InvalidStored
from policies.value_json import digest, read_value, write_value
from tests.policies.builders import MINUTE, NOW


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Leaf:
    name: str
    colour: Colour = Colour.RED


@dataclass(frozen=True)
class Tree:
    """A field of every kind that values have."""

    leaves: tuple[Leaf, ...] = ()
    marks: frozenset[str] = frozenset()
    at: datetime | None = None
    wait: timedelta = timedelta(0)
    content: bytes = b""
    share: float = 0.0
    either: Leaf | Tree | None = None
    named: dict[str, int] = field(default_factory=dict)


leaves = st.builds(Leaf, st.text(), st.sampled_from(Colour))
trees = st.builds(
    Tree,
    st.lists(leaves, max_size=3).map(tuple),
    st.frozensets(st.text(max_size=3)),
    st.none() | st.just(NOW),
    st.integers(0, 9999).map(lambda seconds: timedelta(seconds=seconds)),
    st.binary(max_size=9),
    st.floats(0, 1),
    st.none() | leaves | st.builds(Tree, st.just(())),
    st.dictionaries(st.text(max_size=3), st.integers()),
)


@given(trees)
@settings(max_examples=100)
def test_a_value_comes_back_as_it_was(tree: Tree) -> None:
    back = read_value(Tree, write_value(tree))

    assert back == tree
    assert digest(back) == digest(tree)


def test_another_value_has_another_digest() -> None:
    values = [Tree(), Tree(wait=MINUTE), Tree(content=b"x"), Tree(either=Leaf("")), Leaf("")]

    assert len({digest(value) for value in values}) == len(values)


def test_the_instant_of_looking_can_be_left_out_of_a_digest() -> None:
    early, late = Tree(at=NOW), Tree(at=NOW + MINUTE)

    assert digest(early) != digest(late)
    assert digest(early, NOW) == digest(late, NOW + MINUTE)


def test_a_field_that_an_older_version_did_not_write_has_its_default() -> None:
    stored = write_value(Leaf("oak", Colour.BLUE))
    del stored["colour"]

    assert read_value(Leaf, stored) == Leaf("oak", Colour.RED)


@pytest.mark.parametrize(
    ("stored", "path"),
    [
        (None, ""),
        ([], ""),
        ({"is": "Leaf"}, ""),
        ({"is": "Tree", "leaves": [{"is": "Leaf", "name": 7}]}, "leaves[0].name"),
        ({"is": "Tree", "leaves": [{"is": "Bush"}]}, "leaves[0]"),
        ({"is": "Tree", "either": {"is": "Bush"}}, "either"),
        ({"is": "Tree", "at": "yesterday"}, "at"),
        ({"is": "Tree", "named": {"a": "b"}}, "named.a"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_path(stored: Any, path: str) -> None:
    with pytest.raises(InvalidStored) as refused:
        read_value(Tree, stored)

    assert refused.value.field == path


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(InvalidStored, match="no form"):
        write_value(object())
