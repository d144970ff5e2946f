"""Accounts as declarations."""

from collections.abc import Callable

import pytest

from profiles.declarations.configurations.account_exchange import (
    ExchangeAccount,
    Service,
    SignIn,
    exchange_account,
    google_account,
)
from profiles.declarations.configurations.account_mail import (
    Authentication,
    Fetching,
    MailAccount,
    MailServer,
    mail_account,
)
from profiles.declarations.configurations.account_servers import (
    AccountServer,
    Search,
    calendar_account,
    contacts_account,
    directory_account,
    subscribed_calendar,
)
from profiles.errors import InvalidPayload

SERVER = AccountServer("dav.schule.example", password="asset.password", port=8443)
MAIL = MailServer("mail.schule.example", "asset.password")


def test_calendars_and_contacts_name_server_and_password() -> None:
    expected = {
        "HostName": "dav.schule.example",
        "Port": 8443,
        "AuthenticationCredentialsAssetReference": "asset.password",
    }

    assert calendar_account(SERVER, "cfg.cal").payload == expected
    assert contacts_account(SERVER, "cfg.card", "/dav").payload == {**expected, "Path": "/dav"}


def test_a_directory_is_searched_in_given_places() -> None:
    account = directory_account(
        AccountServer("ldap.schule.example"), "cfg.ldap", (Search("ou=leute,dc=schule"),)
    )

    assert account.payload["SearchSettings"] == [
        {"SearchBase": "ou=leute,dc=schule", "Scope": "Subtree"}
    ]


def test_a_calendar_may_be_subscribed_to() -> None:
    declaration = subscribed_calendar("https://schule.example/ferien.ics", "cfg.ferien", "Ferien")

    assert declaration.payload == {
        "CalendarURL": "https://schule.example/ferien.ics",
        "VisibleName": "Ferien",
    }


def test_a_mail_account_has_two_servers() -> None:
    sending = MailServer("smtp.schule.example", authentication=Authentication.NONE, port=587)
    account = MailAccount(MAIL, sending, person="asset.person")

    assert mail_account(account, "cfg.mail").payload == {
        "UserIdentityAssetReference": "asset.person",
        "IncomingServer": {
            "ServerType": "IMAP",
            "HostName": "mail.schule.example",
            "AuthenticationMethod": "Password",
            "AuthenticationCredentialsAssetReference": "asset.password",
        },
        "OutgoingServer": {
            "HostName": "smtp.schule.example",
            "Port": 587,
            "AuthenticationMethod": "None",
        },
    }


def test_an_exchange_account_says_which_services_are_on() -> None:
    account = ExchangeAccount(
        host="ex.schule.example",
        sign_in=SignIn(),
        services=frozenset({Service.MAIL}),
        locked=frozenset({Service.NOTES}),
    )

    payload = exchange_account(account, "cfg.ex").payload

    assert payload["EnabledProtocolTypes"] == ["EAS"]
    assert payload["OAuth"] == {"Enabled": True}
    assert (payload["MailServiceActive"], payload["NotesServiceActive"]) == (True, False)
    assert payload["LockNotesService"] is True
    assert "LockMailService" not in payload


def test_a_google_account_is_that_of_a_person() -> None:
    assert google_account("asset.person", "cfg.g").payload == {
        "UserIdentityAssetReference": "asset.person"
    }


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: AccountServer("https://dav.example"), "HostName"),
        (lambda: AccountServer("dav.example", port=0), "Port"),
        (lambda: AccountServer("dav.example", "a b"), "AuthenticationCredentialsAssetReference"),
        (lambda: MailServer("m.example"), "AuthenticationCredentialsAssetReference"),
        (
            lambda: MailServer("m.example", "asset.p", Authentication.NONE),
            "AuthenticationCredentialsAssetReference",
        ),
        (
            lambda: MailAccount(MAIL, MAIL, fetching=Fetching.POP, imap_path_prefix="x"),
            "IncomingServer.IMAPPathPrefix",
        ),
        (ExchangeAccount, "HostName"),
        (lambda: ExchangeAccount(host="e.example", services=frozenset()), "MailServiceActive"),
        (lambda: SignIn("https://login.example"), "OAuth.SignInURL"),
        (lambda: Search(" "), "SearchSettings.SearchBase"),
        (lambda: google_account("", "cfg.g"), "UserIdentityAssetReference"),
        (lambda: subscribed_calendar("webcal://x", "cfg.c"), "CalendarURL"),
    ],
)
def test_accounts_that_could_not_work_are_refused(make: Callable[[], object], field: str) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        make()

    assert refusal.value.field == field
    assert refusal.value.next_step
