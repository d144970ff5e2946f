"""Every text scenario in tests/plans says what the planner says."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.errors import InvalidScenario
from policies.scenario import play

SCRIPTS = sorted((Path(__file__).parent.parent / "plans").glob("*.txt"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_plan_script_says_what_the_planner_says(script: Path) -> None:
    text = script.read_text(encoding="utf-8")

    assert play(text) == text


def test_expected_text_is_not_read_as_facts() -> None:
    assert play("plan\n| 1. dance\n") == play("plan\n")


@pytest.mark.parametrize(
    "line",
    [
        "dance",
        "now tomorrow",
        "device ipad-1 sleeping",
        "wish nowhere: app x",
        "wish city app x",
        "wish city: profile x v1",
        "wish city: profile x one wifi",
        "drop city: app never.wished",
        "reported weather",
        "reported profiles x v1",
        "reported apps x sleeping",
        "in school 1 2 3",
        "accepted dance",
        "cancelled install_profile x v1 y",
        "wish city: name 'open",
        "freshness ripe",
        "os eighteen",
        "reported capabilities",
        "released ring",
        "wish city: os 26.1 before 2026-10-02T18:00",
        "wish city: os 26.1 by friday",
        "wish city from: app x",
        "wish city from tomorrow: app x",
        "wish city: declaration cfg.code passcode.settings MinimumLength",
        "wish city: declaration 'cfg code' passcode.settings '{}'",
        "now",
    ],
)
def test_a_line_that_says_nothing_names_its_number(line: str) -> None:
    with pytest.raises(InvalidScenario) as refused:
        play(f"# first\n\n{line}\n")

    assert refused.value.line == 3


def test_what_is_proven_cannot_fail_afterwards() -> None:
    with pytest.raises(InvalidScenario) as refused:
        play("answer all\naccepted release_from_setup\nfailed release_from_setup\n")

    assert refused.value.line == 3
