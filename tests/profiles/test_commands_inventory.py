"""Answers of devices about apps, profiles, books and updates."""

from datetime import UTC, datetime
from typing import Any

import pytest

from profiles.commands.answers.app_details import (
    AppDetails,
    read_app_attributes,
    read_app_configurations,
    read_app_feedback,
)
from profiles.commands.answers.apps import (
    AppState,
    read_app_installation,
    read_installed_apps,
    read_managed_apps,
)
from profiles.commands.answers.books import read_book_installation, read_books
from profiles.commands.answers.profiles import read_profiles, read_provisioning_profiles
from profiles.commands.answers.updates import (
    read_available_updates,
    read_update_results,
    read_update_status,
)
from profiles.errors import MalformedMessage

APP = "de.beispiel.mathe"
SUMMER = datetime(2026, 7, 1, tzinfo=UTC)


def test_installed_apps_are_listed() -> None:
    found = read_installed_apps(
        {
            "InstalledApplicationList": [
                {"Identifier": APP, "ShortVersion": "2.1", "Installing": True, "BundleSize": 10},
                {"Identifier": "de.beispiel.lesen", "Source": "Declarative Device Management"},
            ]
        }
    )

    mathe, lesen = found
    assert (mathe.identifier, mathe.short_version) == (APP, "2.1")
    assert (mathe.is_installing, mathe.bundle_size, mathe.has_update) == (True, 10, None)
    assert (mathe.is_declared, lesen.is_declared) == (False, True)
    assert (len(found), found.problems) == (2, 0)


def test_an_app_without_identifier_is_left_out_and_counted() -> None:
    found = read_installed_apps({"InstalledApplicationList": [{"Name": "?"}, "x", {}]})

    assert (len(found), found.problems) == (0, 3)


def test_an_app_with_a_strange_size_is_kept_and_counted() -> None:
    found = read_installed_apps(
        {"InstalledApplicationList": [{"Identifier": APP, "BundleSize": "groß"}]}
    )

    assert found.items[0].bundle_size is None
    assert found.problems == 1


def test_managed_apps_are_a_dictionary_by_bundle_identifier() -> None:
    found = read_managed_apps(
        {
            "ManagedApplicationList": {
                APP: {"Status": "Managed", "ManagementFlags": 5},
                "de.beispiel.lesen": {"Status": "Ganz neu"},
                "de.beispiel.kaputt": "?",
            }
        }
    )

    assert [(app.identifier, app.state) for app in found] == [
        (APP, AppState.MANAGED),
        ("de.beispiel.lesen", AppState.OTHER),
    ]
    assert (found.items[0].management_flags, found.problems) == (5, 1)


@pytest.mark.parametrize("word", ["Failed", "UserRejected", "UpdateRejected", "ManagementRejected"])
def test_states_that_are_told_only_once_are_failures(word: str) -> None:
    found = read_managed_apps({"ManagedApplicationList": {APP: {"Status": word}}})

    assert found.items[0].state.is_failure


def test_an_installation_begins_with_a_state_or_a_rejection() -> None:
    begun = read_app_installation({"Identifier": APP, "State": "Queued"})
    refused = read_app_installation({"RejectionReason": "AppAlreadyQueued"})

    assert (begun.identifier, begun.state, begun.rejection) == (APP, AppState.QUEUED, None)
    assert (refused.state, refused.rejection) == (None, "AppAlreadyQueued")


def test_what_apps_were_given_and_tell_back_is_read_by_app() -> None:
    attributes: dict[str, Any] = {
        "ApplicationAttributes": [{"Identifier": APP, "Attributes": {"Removable": True}}]
    }
    given: dict[str, Any] = {
        "ApplicationConfigurations": [{"Identifier": APP, "Configuration": {"k": "geheim"}}]
    }
    told: dict[str, Any] = {
        "ManagedApplicationFeedback": [{"Identifier": APP, "Feedback": {}}, {"Feedback": {}}]
    }

    assert read_app_attributes(attributes).items == (AppDetails(APP, {"Removable": True}),)
    assert "geheim" not in repr(read_app_configurations(given))
    assert read_app_feedback(told).problems == 1


def test_profiles_are_listed_with_their_payloads() -> None:
    found = read_profiles(
        {
            "ProfileList": [
                {
                    "PayloadIdentifier": "de.beispiel.wlan",
                    "PayloadUUID": "6F0C0E1E",
                    "PayloadVersion": 1,
                    "IsManaged": True,
                    "IsEncrypted": False,
                    "SignerCertificates": [b"\x30"],
                    "PayloadContent": [{"PayloadType": "com.apple.wifi.managed"}, {"x": 1}],
                }
            ]
        }
    )

    (profile,) = found
    assert (profile.identifier, profile.uuid, profile.version) == (
        "de.beispiel.wlan",
        "6F0C0E1E",
        1,
    )
    assert (profile.is_managed, profile.is_encrypted, profile.is_declared) == (True, False, False)
    assert [payload.payload_type for payload in profile.payloads] == ["com.apple.wifi.managed"]
    assert (profile.signers, found.problems) == ((b"\x30",), 1)


def test_an_encrypted_profile_shows_no_payloads() -> None:
    found = read_profiles({"ProfileList": [{"PayloadIdentifier": "a.b", "IsEncrypted": True}]})

    assert found.items[0].payloads == ()


def test_provisioning_profiles_are_listed() -> None:
    members: list[Any] = [
        {"UUID": "6F0C0E1E", "Name": "Beispiel", "ExpiryDate": SUMMER},
        {"Name": "?"},
    ]

    found = read_provisioning_profiles({"ProvisioningProfileList": members})

    assert [(item.uuid, item.expires) for item in found] == [("6F0C0E1E", SUMMER)]
    assert found.problems == 1


def test_a_store_identifier_is_a_text_however_it_is_sent() -> None:
    members: list[Any] = [
        {"iTunesStoreID": 5, "State": "Managed"},
        {"iTunesStoreID": "5"},
        {"Title": "?"},
    ]

    found = read_books({"Books": members})

    assert [book.store_id for book in found] == ["5", "5"]
    assert found.problems == 1


def test_a_rejected_book_says_why() -> None:
    assert (
        read_book_installation({"RejectionReason": "WrongMediaType"}).rejection == "WrongMediaType"
    )


def test_updates_on_offer_are_listed() -> None:
    members: list[Any] = [
        {"ProductKey": "k", "Version": "18.3", "IsCritical": False},
        {"Version": "18.3"},
    ]

    found = read_available_updates({"AvailableOSUpdates": members})

    assert [(update.product_key, update.version) for update in found] == [("k", "18.3")]
    assert found.problems == 1


def test_a_member_that_is_no_dictionary_is_no_result() -> None:
    found = read_update_results({"UpdateResults": ["kaputt"]})

    assert (len(found), found.problems) == (0, 1)


def test_a_scheduled_update_can_fail_by_itself() -> None:
    link = {"ErrorDomain": "MCMDMErrorDomain", "ErrorCode": 12050}

    members: list[Any] = [{"InstallAction": "Error", "Status": "Idle", "ErrorChain": [link]}]

    found = read_update_results({"UpdateResults": members})

    assert found.items[0].action == "Error"
    assert found.items[0].error_chain[0].code == 12050


def test_the_progress_of_an_update_is_a_part_of_one() -> None:
    members: list[Any] = [
        {"ProductKey": "k", "DownloadPercentComplete": 1, "Status": "Downloading"}
    ]

    assert read_update_status({"OSUpdateStatus": members}).items[0].download_part == 1.0


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (read_installed_apps, {}),
        (read_installed_apps, {"InstalledApplicationList": {}}),
        (read_managed_apps, {"ManagedApplicationList": []}),
        (read_profiles, {"ProfileList": "keine"}),
        (read_books, {"Books": 5}),
    ],
)
def test_an_answer_of_another_kind_as_a_whole_is_malformed(read: Any, body: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage):
        read(body)
