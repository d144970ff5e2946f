"""Whose trouble counts for a change: what it gives, exchanges and takes, in the words of plans."""

from __future__ import annotations

import pytest

from policies.change_plan import EffectGroup, Preview
from policies.effects import Change, ChangeKind, Effect
from policies.scope import CITY
from policies.stand_ins import stand_in_name
from policies.touched import is_touched, touched_subjects
from policies.wishes import (
    ProfileDelivery,
    ProfileKind,
    Reason,
    ReasonKey,
    WantedApp,
    WantedDeclaration,
    WantedName,
    WantedProfile,
    Wish,
)
from tests.policies.builders import NOW

PREFIX = "org.example.house"
SYNC = "declarations"
REASON = Reason(ReasonKey.ASSIGNED, CITY, NOW)
PASSCODE = WantedDeclaration(
    "org.example.passcode", "com.apple.configuration.passcode.settings", b"{}", REASON
)


def a_profile(name: str, delivery: ProfileDelivery = ProfileDelivery.COMMAND) -> WantedProfile:
    return WantedProfile(name, "uuid", ProfileKind.OTHER, 1, 1, REASON, delivery)


def touching(kind: ChangeKind, before: Wish | None, after: Wish | None) -> frozenset[str]:
    effect = Effect((Change(kind, before, after),))
    shown = Preview((EffectGroup("digest", effect, (1,)),), (), "fingerprint")
    return touched_subjects(shown, PREFIX)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (a_profile("school.wlan"), {"school.wlan"}),
        (a_profile("school.wlan", ProfileDelivery.DECLARATION), {"school.wlan", SYNC}),
        (WantedApp("org.example.maths", 1, REASON), {"org.example.maths", SYNC}),
        (WantedName("$SERIAL", REASON), {"device name"}),
        (PASSCODE, {PASSCODE.identifier, stand_in_name(PASSCODE.identifier, PREFIX), SYNC}),
    ],
)
def test_a_change_touches_what_it_gives_and_what_it_takes_whichever_way_that_goes(
    wish: Wish, expected: set[str]
) -> None:
    assert touching(ChangeKind.GAINS, None, wish) == expected
    assert touching(ChangeKind.LOSES, wish, None) == expected


def test_what_is_kept_for_another_reason_is_not_touched() -> None:
    wlan = a_profile("school.wlan")

    assert touching(ChangeKind.KEEPS, wlan, wlan) == frozenset()


def test_trouble_is_the_changes_own_as_soon_as_one_subject_is() -> None:
    subjects = frozenset({"school.wlan"})

    assert is_touched(["org.example.maths", "school.wlan"], subjects)
    assert not is_touched(["org.example.maths"], subjects)
    assert not is_touched([], subjects)
