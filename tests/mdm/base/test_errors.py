"""What goes wrong, in words."""

from mdm.base.errors import InvalidInput


def test_a_next_step_that_is_a_sentence_follows_a_full_stop() -> None:
    error = InvalidInput("rule.all", "is empty", "Name at least one.")

    assert str(error) == "rule.all: is empty. Name at least one."


def test_a_next_step_that_is_none_follows_a_semicolon() -> None:
    error = InvalidInput("payload.Colour", "is not a known key", "remove it")

    assert str(error) == "payload.Colour: is not a known key; remove it"


def test_without_a_next_step_the_problem_stands_alone() -> None:
    assert str(InvalidInput("name", "is empty")) == "name: is empty"
