"""What reports tell, and what they do not."""

from __future__ import annotations

from policies.actions import QueryKind
from policies.reported import AppStatus, Presence, Report, ReportedState
from tests.policies.builders import NOW, app, listed, listing


def test_a_profile_missing_from_a_complete_list_is_absent() -> None:
    assert listing().profile_presence("school.wifi") is Presence.ABSENT


def test_a_profile_missing_from_a_partial_list_is_unknown() -> None:
    assert listing(complete=False).profile_presence("school.wifi") is Presence.UNKNOWN


def test_without_any_list_everything_is_unknown() -> None:
    assert ReportedState().profile_presence("school.wifi") is Presence.UNKNOWN
    assert ReportedState().app_presence("de.example.maths") is Presence.UNKNOWN


def test_a_listed_profile_is_present_even_in_a_partial_list() -> None:
    state = listing(listed("school.wifi"), complete=False)

    assert state.profile_presence("school.wifi") is Presence.PRESENT


def test_an_app_the_pupil_deleted_is_absent() -> None:
    reports = {QueryKind.INSTALLED_APPLICATIONS: Report(NOW)}

    assert ReportedState(reports=reports).app_presence("de.example.maths") is Presence.ABSENT


def test_an_app_still_being_installed_is_not_settled() -> None:
    assert app("de.example.maths").is_settled
    assert not app("de.example.maths", installing=True).is_settled
    assert not app("de.example.maths", AppStatus.USER_INSTALLED).is_settled
