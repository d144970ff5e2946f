"""The panes of Setup Assistant that are known."""

from pathlib import Path

import pytest

from profiles.schema.os_version import OsVersion
from profiles.schema.setup_panes import SETUP_PANES, panes_on
from tests.profiles.apple_yaml import load

SKIP_KEYS = Path(__file__).parents[3] / "shared" / "apple-schema" / "other" / "skipkeys.yaml"


def test_a_pane_appears_with_its_version() -> None:
    before, after = (
        {pane.name for pane in panes_on(version)} for version in (OsVersion(25), OsVersion(27))
    )

    assert after - before == {"LiquidGlass", "Multitasking", "OSShowcase"}


def test_a_pane_that_is_gone_is_not_offered() -> None:
    names = {pane.name for pane in panes_on(OsVersion(18))}

    assert "Zoom" not in names
    assert "Siri" in names


def test_panes_shown_before_the_profile_arrives_are_marked() -> None:
    assert {pane.name for pane in SETUP_PANES.values() if pane.is_early} == {
        "Keyboard",
        "SafetyAndHandling",
        "SpokenLanguage",
        "TermsOfAddress",
    }


@pytest.mark.skipif(not SKIP_KEYS.is_file(), reason="no copy of Apple's schema here")
def test_versions_agree_with_apples_schema() -> None:
    common = {"introduced": "7.0"}
    entries = {entry["key"]: entry for entry in load(SKIP_KEYS)["payloadkeys"]}
    theirs = {
        key: common | entry.get("supportedOS", {}).get("iOS", {}) for key, entry in entries.items()
    }

    on_ipad = {
        key: (ios["introduced"], ios.get("removed", ios.get("deprecated")))
        for key, ios in theirs.items()
        if ios["introduced"] != "n/a"
    }

    assert on_ipad == {
        pane.name: (str(pane.since), None if pane.deprecated is None else str(pane.deprecated))
        for pane in SETUP_PANES.values()
    }
