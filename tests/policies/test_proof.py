"""What proves a command, what contradicts it, what says nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.actions import (
    ActionKey,
    ActionKind,
    Inquire,
    QueryKind,
    ReleaseFromSetup,
    RemoteKind,
    RemoveApp,
    RemoveProfile,
    RenewIdentity,
    SetDeviceName,
)
from policies.delivery import DeliveryState
from policies.facts import CommandFacts
from policies.proof import (
    AppListSeen,
    Authenticated,
    Contradicted,
    Contradiction,
    DeviceNameSeen,
    Evidence,
    IdentitySeen,
    ProfileListSeen,
    Proven,
    Reconnected,
    SettingsResult,
    StillOpen,
    is_proven_by_its_answer,
    may_have_obeyed_at,
    prove,
)
from policies.reported import AppStatus
from tests.policies.builders import MINUTE, NOW, app, installing, obeyed, remote

BEFORE, LATER = NOW - MINUTE, NOW + MINUTE
MATHS = "de.example.maths"
INSTALL_MATHS = obeyed(ActionKey(ActionKind.INSTALL_APP, MATHS))


def test_a_profile_is_proven_by_identifier_and_uuid_together() -> None:
    evidence = ProfileListSeen(LATER, {"school.wifi": "uuid-2"})

    assert prove(installing("school.wifi", 2), evidence) == Proven(LATER)


def test_another_version_of_the_profile_contradicts() -> None:
    evidence = ProfileListSeen(LATER, {"school.wifi": "uuid-1"}, complete=False)

    judgement = prove(installing("school.wifi", 2), evidence)

    assert judgement == Contradicted(Contradiction.OTHER_PROFILE_VERSION, LATER)


def test_absence_from_a_complete_list_contradicts_an_installation() -> None:
    judgement = prove(installing("school.wifi"), ProfileListSeen(LATER, {}))

    assert judgement == Contradicted(Contradiction.PROFILE_ABSENT, LATER)


def test_absence_from_a_partial_list_says_nothing() -> None:
    evidence = ProfileListSeen(LATER, {}, complete=False)
    removal = obeyed(RemoveProfile("school.old", "uuid-1").key)

    assert prove(installing("school.wifi"), evidence) == StillOpen()
    assert prove(removal, evidence) == StillOpen()


def test_a_list_from_before_the_acceptance_proves_nothing() -> None:
    evidence = ProfileListSeen(BEFORE, {"school.wifi": "uuid-1"})

    assert prove(installing("school.wifi"), evidence) == StillOpen()


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.REACHED])
def test_a_command_that_nobody_accepted_is_not_proven_by_a_list(state: DeliveryState) -> None:
    evidence = ProfileListSeen(LATER, {"school.wifi": "uuid-1"})

    assert prove(installing("school.wifi", state=state), evidence) == StillOpen()


@pytest.mark.parametrize(
    "state", [DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.CANCELLED]
)
def test_a_late_success_overrides_having_given_up(state: DeliveryState) -> None:
    evidence = ProfileListSeen(LATER, {"school.wifi": "uuid-1"})

    assert prove(installing("school.wifi", state=state), evidence) == Proven(LATER)


def test_what_the_device_refused_is_not_proven_by_the_work_of_another_command() -> None:
    refused = replace(installing("school.wifi", state=DeliveryState.FAILED), refused_at=NOW)

    judgement = prove(refused, ProfileListSeen(LATER, {"school.wifi": "uuid-1"}))

    assert judgement == StillOpen()


def test_what_was_put_off_and_then_given_up_is_not_proven_either() -> None:
    put_off = replace(installing("school.wifi", state=DeliveryState.EXPIRED), refused_at=NOW)

    judgement = prove(put_off, ProfileListSeen(LATER, {"school.wifi": "uuid-1"}))

    assert judgement == StillOpen()


def test_what_left_once_more_after_it_was_put_off_may_have_been_obeyed() -> None:
    again = replace(installing("school.wifi", state=DeliveryState.EXPIRED), refused_at=BEFORE)

    judgement = prove(again, ProfileListSeen(LATER, {"school.wifi": "uuid-1"}))

    assert judgement == Proven(LATER)


def test_a_cancelled_command_that_never_left_is_not_proven() -> None:
    command = replace(installing("school.wifi", state=DeliveryState.CANCELLED), reached_at=None)

    judgement = prove(command, ProfileListSeen(LATER, {"school.wifi": "uuid-1"}))

    assert judgement == StillOpen()


def test_what_failed_is_not_contradicted_a_second_time() -> None:
    command = installing("school.wifi", state=DeliveryState.FAILED)

    assert prove(command, ProfileListSeen(LATER, {})) == StillOpen()


def test_what_is_proven_is_judged_no_more() -> None:
    command = installing("school.wifi", state=DeliveryState.PROVEN)

    assert prove(command, ProfileListSeen(LATER, {})) == StillOpen()


def test_a_removal_is_proven_by_a_complete_list_without_the_profile() -> None:
    removal = obeyed(RemoveProfile("school.old", "uuid-1").key)

    assert prove(removal, ProfileListSeen(LATER, {})) == Proven(LATER)


def test_a_removal_is_contradicted_by_a_list_that_shows_the_profile() -> None:
    removal = obeyed(RemoveProfile("school.old", "uuid-1").key)

    judgement = prove(removal, ProfileListSeen(LATER, {"school.old": "uuid-1"}))

    assert judgement == Contradicted(Contradiction.PROFILE_STILL_THERE, LATER)


def test_a_managed_installed_app_is_proven() -> None:
    assert prove(INSTALL_MATHS, AppListSeen(LATER, {MATHS: app(MATHS, at=LATER)})) == Proven(LATER)


def test_an_app_that_is_still_installing_is_not_proven() -> None:
    evidence = AppListSeen(LATER, {MATHS: app(MATHS, installing=True, at=LATER)})

    assert prove(INSTALL_MATHS, evidence) == StillOpen()


def test_an_app_not_listed_yet_is_still_awaited() -> None:
    assert prove(INSTALL_MATHS, AppListSeen(LATER, {})) == StillOpen()


def test_an_app_is_not_proven_while_one_of_the_two_lists_is_old() -> None:
    evidence = AppListSeen(LATER, {MATHS: app(MATHS, at=BEFORE)})

    assert prove(INSTALL_MATHS, evidence) == StillOpen()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (AppStatus.FAILED, Contradiction.APP_FAILED),
        (AppStatus.REJECTED, Contradiction.APP_REJECTED),
    ],
)
def test_an_app_the_store_did_not_deliver_is_contradicted(
    status: AppStatus, reason: Contradiction
) -> None:
    evidence = AppListSeen(LATER, {MATHS: app(MATHS, status, at=LATER)})

    assert prove(INSTALL_MATHS, evidence) == Contradicted(reason, LATER)


def test_an_app_is_gone_when_a_complete_list_lacks_it() -> None:
    removal = obeyed(RemoveApp(MATHS).key)

    assert prove(removal, AppListSeen(LATER, {})) == Proven(LATER)
    assert prove(removal, AppListSeen(LATER, {}, complete=False)) == StillOpen()
    assert isinstance(prove(removal, AppListSeen(LATER, {MATHS: app(MATHS)})), Contradicted)


def test_a_restart_is_proven_by_a_new_connection() -> None:
    assert prove(remote(RemoteKind.RESTART), Reconnected(LATER)) == Proven(LATER)


def test_a_restart_is_not_proven_within_the_same_conversation() -> None:
    evidence = Reconnected(LATER, new_connection=False)

    assert prove(remote(RemoteKind.RESTART), evidence) == StillOpen()


def test_a_restart_without_acknowledgement_is_not_proven_by_a_connection() -> None:
    command = remote(RemoteKind.RESTART, DeliveryState.REACHED)

    assert prove(command, Reconnected(LATER)) == StillOpen()


def test_a_connection_proves_no_other_command() -> None:
    assert prove(remote(RemoteKind.ERASE), Reconnected(LATER)) == StillOpen()
    assert prove(INSTALL_MATHS, Reconnected(LATER)) == StillOpen()


@pytest.mark.parametrize(
    "state", [DeliveryState.REACHED, DeliveryState.ACCEPTED, DeliveryState.UNCONFIRMED]
)
def test_an_erase_is_proven_when_the_device_begins_anew(state: DeliveryState) -> None:
    evidence = Authenticated(LATER, generation=2)

    assert prove(remote(RemoteKind.ERASE, state), evidence) == Proven(LATER)


def test_an_erase_is_not_proven_by_an_authenticate_of_the_same_generation() -> None:
    assert prove(remote(RemoteKind.ERASE), Authenticated(LATER, 1)) == StillOpen()


def test_an_erase_that_never_left_is_not_proven_by_a_new_enrollment() -> None:
    command = remote(RemoteKind.ERASE, DeliveryState.QUEUED)

    assert prove(command, Authenticated(LATER, 2)) == StillOpen()


def test_a_renewal_is_proven_by_the_first_message_with_another_certificate() -> None:
    renewal = obeyed(RenewIdentity("old").key)

    assert prove(renewal, IdentitySeen(LATER, "new")) == Proven(LATER)
    assert prove(renewal, IdentitySeen(LATER, "old")) == StillOpen()


def test_a_renewal_is_proven_by_a_certificate_that_spoke_before_the_device_acknowledged() -> None:
    """Installing the profile that renews ends with joining anew; only then comes the answer."""
    renewal = replace(obeyed(RenewIdentity("old").key), reached_at=BEFORE)

    assert prove(renewal, IdentitySeen(BEFORE, "new")) == Proven(BEFORE)


def test_a_setting_counts_only_when_every_item_was_applied() -> None:
    naming = obeyed(SetDeviceName("iPad 7").key)

    assert prove(naming, SettingsResult(LATER, (True,))) == Proven(LATER)
    assert isinstance(prove(naming, SettingsResult(LATER, (True, False))), Contradicted)
    assert isinstance(prove(naming, SettingsResult(LATER, ())), Contradicted)


def test_a_name_is_proven_by_the_name_that_the_device_reports() -> None:
    naming = obeyed(SetDeviceName("iPad 7").key)

    assert prove(naming, DeviceNameSeen(LATER, "iPad 7")) == Proven(LATER)
    assert isinstance(prove(naming, DeviceNameSeen(LATER, "iPad")), Contradicted)


@pytest.mark.parametrize(
    "evidence",
    [
        ProfileListSeen(LATER, {}),
        AppListSeen(LATER, {}),
        Reconnected(LATER),
        Authenticated(LATER, 2),
        IdentitySeen(LATER, "new"),
        SettingsResult(LATER, (False,)),
    ],
)
def test_evidence_of_another_kind_leaves_a_lock_alone(evidence: Evidence) -> None:
    assert prove(remote(RemoteKind.LOCK), evidence) == StillOpen()


def test_an_answer_is_all_the_proof_of_a_question_a_lock_and_a_release() -> None:
    assert is_proven_by_its_answer(obeyed(Inquire(QueryKind.PROFILE_LIST).key))
    assert is_proven_by_its_answer(obeyed(ReleaseFromSetup().key))
    assert is_proven_by_its_answer(remote(RemoteKind.LOCK))


def test_an_answer_proves_neither_profile_nor_app_nor_restart_nor_erase() -> None:
    assert not is_proven_by_its_answer(installing("school.wifi"))
    assert not is_proven_by_its_answer(INSTALL_MATHS)
    assert not is_proven_by_its_answer(remote(RemoteKind.RESTART))
    assert not is_proven_by_its_answer(remote(RemoteKind.ERASE))


LEFT = CommandFacts(installing("school.wifi").key, DeliveryState.CANCELLED, reached_at=NOW)


def test_what_left_may_have_been_carried_out_although_it_was_taken_back() -> None:
    assert may_have_obeyed_at(LEFT) == NOW


def test_what_never_left_was_not_carried_out() -> None:
    assert may_have_obeyed_at(replace(LEFT, reached_at=None)) is None


def test_what_the_device_refused_was_not_carried_out() -> None:
    assert may_have_obeyed_at(replace(LEFT, refused_at=LATER)) is None


def test_a_refusal_from_before_says_nothing_about_what_left_again() -> None:
    assert may_have_obeyed_at(replace(LEFT, refused_at=BEFORE)) == NOW


def test_an_earlier_one_may_have_been_carried_out_although_the_latest_was_refused() -> None:
    assert may_have_obeyed_at(replace(LEFT, refused_at=LATER, left_before=BEFORE)) == BEFORE
