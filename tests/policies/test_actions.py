"""Keys of actions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.actions import (
    ActionKey,
    ActionKind,
    Inquire,
    InstallProfile,
    QueryKind,
    RemoteAction,
    RemoteKind,
    RemoveProfile,
    supersedes,
)
from policies.errors import InvalidWish

TEXT = st.text(st.characters(exclude_characters="\n"), max_size=12)


@given(st.sampled_from(ActionKind), TEXT, TEXT)
def test_a_key_comes_back_from_its_text(kind: ActionKind, subject: str, version: str) -> None:
    key = ActionKey(kind, subject, version)

    assert ActionKey.parse(str(key)) == key


@pytest.mark.parametrize("text", ["", "inquire", "dance\n\n", "inquire\na\nb\nc"])
def test_other_text_is_no_key(text: str) -> None:
    with pytest.raises(InvalidWish):
        ActionKey.parse(text)


def test_a_line_feed_cannot_enter_a_key() -> None:
    with pytest.raises(InvalidWish):
        ActionKey(ActionKind.INSTALL_APP, "de.example\nmaths")


def test_two_versions_of_a_profile_are_two_actions() -> None:
    assert InstallProfile("wifi", "a", 1, 1).key != InstallProfile("wifi", "b", 2, 2).key


def test_the_same_profile_in_another_row_is_the_same_action() -> None:
    assert InstallProfile("wifi", "a", 1, 1).key == InstallProfile("wifi", "a", 1, 9).key


def test_ordering_again_is_another_action() -> None:
    assert RemoteAction(RemoteKind.LOCK, "1").key != RemoteAction(RemoteKind.LOCK, "2").key


def test_removing_a_profile_supersedes_its_undelivered_installation() -> None:
    assert supersedes(RemoveProfile("wifi", "a").key, InstallProfile("wifi", "a", 1, 1).key)
    assert supersedes(InstallProfile("wifi", "b", 2, 2).key, InstallProfile("wifi", "a", 1, 1).key)


def test_a_second_inventory_supersedes_the_first_of_its_kind_only() -> None:
    profiles, security = Inquire(QueryKind.PROFILE_LIST), Inquire(QueryKind.SECURITY_INFO)

    assert supersedes(profiles.key, profiles.key)
    assert not supersedes(profiles.key, security.key)


def test_an_app_and_a_profile_of_one_name_are_strangers() -> None:
    app = ActionKey(ActionKind.INSTALL_APP, "x")

    assert not supersedes(app, ActionKey(ActionKind.INSTALL_PROFILE, "x", "1"))
