"""Accounts: Exchange, Google, calendars, contacts, directories and mail."""

from typing import Any

import pytest

from profiles.payloads.account_calendars import (
    DavAccount,
    DavKind,
    SubscribedCalendar,
    dav_payload,
    subscribed_calendar_payload,
)
from profiles.payloads.account_exchange import (
    ExchangeAccount,
    ModernSignIn,
    Service,
    StoredPassword,
    exchange_payload,
)
from profiles.payloads.account_google import GoogleAccount
from profiles.payloads.account_ldap import LdapDirectory, SearchBase
from profiles.payloads.account_mail import (
    Authentication,
    MailAccount,
    MailServer,
    mail_payload,
)
from profiles.variables import DeviceVariables
from tests.profiles.payloads.examples import EXAMPLES
from tests.profiles.payloads.support import IDENTIFIER, content_of, refused

EXCHANGE: dict[str, Any] = {"host": "mail.example.org", "user_name": "u", "email": "u@example.org"}


class TestExchange:
    def test_people_sign_in_on_a_page_unless_a_password_is_given(self) -> None:
        content = content_of(exchange_payload(ExchangeAccount(**EXCHANGE), IDENTIFIER))

        assert content["OAuth"] is True
        assert "Password" not in content

    def test_only_wanted_services_are_switched_on(self) -> None:
        account = ExchangeAccount(**EXCHANGE, services=frozenset({Service.MAIL}), locked=True)

        content = content_of(exchange_payload(account, IDENTIFIER))

        assert content["EnableMail"] is True
        assert content["EnableNotes"] is False
        assert content["EnableNotesUserOverridable"] is False

    @pytest.mark.parametrize("days", [2, 30, -1])
    def test_mail_goes_back_as_far_as_apple_lists(self, days: int) -> None:
        account = ExchangeAccount(**EXCHANGE, past_days=days)

        error = refused(lambda: exchange_payload(account, IDENTIFIER))

        assert error.field == "MailNumberOfPastDaysToSync"

    @pytest.mark.parametrize(
        ("setting", "field"),
        [
            ({"host": "https://mail.example.org"}, "Host"),
            ({"user_name": ""}, "UserName"),
            ({"email": ""}, "EmailAddress"),
            ({"services": frozenset()}, "EnableMail"),
        ],
    )
    def test_what_makes_no_account_is_named(self, setting: dict[str, Any], field: str) -> None:
        assert refused(lambda: ExchangeAccount(**(EXCHANGE | setting))).field == field

    def test_both_addresses_of_a_sign_in_go_together(self) -> None:
        assert refused(lambda: ModernSignIn("https://a.example.org/"))
        assert (
            refused(lambda: ModernSignIn("http://a.example.org/", "https://a.example.org/")).field
            == "OAuthSignInURL"
        )

    def test_an_account_is_the_persons_by_variables(self) -> None:
        content = content_of(EXAMPLES["exchange"](), DeviceVariables(serial="DMPTEST00001"))

        assert content["EmailAddress"] == "ipad-DMPTEST00001@example.org"

    def test_a_new_name_in_settings_keeps_the_account(self) -> None:
        account = ExchangeAccount(**EXCHANGE)

        first, second = (exchange_payload(account, IDENTIFIER, name) for name in ("Alt", "Neu"))

        assert first.uuid == second.uuid


class TestCalendars:
    @pytest.mark.parametrize("kind", DavKind)
    def test_both_kinds_have_keys_of_their_own(self, kind: DavKind) -> None:
        payload = dav_payload(DavAccount(kind, "dav.example.org", "u"), IDENTIFIER)

        assert payload.type == f"com.apple.{kind.value.lower()}.account"
        assert content_of(payload) == {
            f"{kind.value}HostName": "dav.example.org",
            f"{kind.value}Username": "u",
            f"{kind.value}UseSSL": True,
        }

    def test_an_ipad_cannot_ask_for_the_name(self) -> None:
        error = refused(lambda: DavAccount(DavKind.CALENDARS, "cal.example.org", ""))

        assert error.field == "CalDAVUsername"

    def test_whether_a_subscription_is_encrypted_follows_from_its_address(self) -> None:
        secure, plain = (
            content_of(subscribed_calendar_payload(SubscribedCalendar(url), IDENTIFIER))
            for url in ("https://a.example.org/f.ics", "http://a.example.org/f.ics")
        )

        assert secure["SubCalAccountUseSSL"] is True
        assert plain["SubCalAccountUseSSL"] is False


class TestMail:
    server = MailServer("mail.example.org", "u", "geheim")

    def test_each_direction_has_its_keys(self) -> None:
        account = MailAccount("u@example.org", self.server, MailServer("smtp.example.org", "u"))

        content = content_of(mail_payload(account, IDENTIFIER))

        assert content["IncomingPassword"] == "geheim"
        assert content["OutgoingMailServerHostName"] == "smtp.example.org"
        assert content["OutgoingMailServerUseSSL"] is True
        assert "OutgoingPassword" not in content

    def test_one_password_or_the_same_one(self) -> None:
        error = refused(
            lambda: MailAccount("u@example.org", self.server, self.server, same_password=True)
        )

        assert error.field == "OutgoingPasswordSameAsIncomingPassword"

    def test_a_server_that_does_not_ask_gets_no_name(self) -> None:
        error = refused(
            lambda: MailServer("m.example.org", "u", authentication=Authentication.NONE)
        )

        assert error.field == "MailServerAuthentication"


class TestOthers:
    @pytest.mark.parametrize("email", ["", "x", "@", "x@", "@x"])
    def test_a_google_account_has_a_mail_address(self, email: str) -> None:
        assert refused(lambda: GoogleAccount(email)).field == "EmailAddress"

    def test_a_directory_needs_a_name_with_its_password(self) -> None:
        error = refused(lambda: LdapDirectory("ldap.example.org", password="x"))

        assert error.field == "LDAPAccountPassword"

    def test_a_search_needs_a_base(self) -> None:
        assert refused(lambda: SearchBase("")).field.endswith("SearchBase")


@pytest.mark.parametrize(
    "make",
    [
        lambda: DavAccount(DavKind.CONTACTS, "d.example.org", "u", "x", use_tls=False),
        lambda: SubscribedCalendar("http://a.example.org/f.ics", user_name="u", password="x"),
        lambda: LdapDirectory("l.example.org", (), "u", "x", use_tls=False),
        lambda: MailServer("m.example.org", "u", "x", use_tls=False),
    ],
)
def test_no_password_travels_unencrypted(make: Any) -> None:
    assert "password" in refused(make).problem


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: DavAccount(DavKind.CONTACTS, "https://d", "u"), "CardDAVHostName"),
        (lambda: LdapDirectory("ldap://l"), "LDAPAccountHostName"),
        (lambda: MailServer(""), "MailServerHostName"),
        (lambda: SubscribedCalendar("webcal://a"), "SubCalAccountHostName"),
        (lambda: MailAccount("", MailServer("m"), MailServer("m")), "EmailAddress"),
        (lambda: ModernSignIn("https://a", "http://a"), "OAuthTokenRequestURL"),
    ],
)
def test_what_no_server_would_answer_is_refused(make: Any, field: str) -> None:
    assert refused(make).field == field


@pytest.mark.parametrize(
    "account",
    [
        ExchangeAccount(**EXCHANGE, sign_in=StoredPassword("geheim")),
        DavAccount(DavKind.CALENDARS, "d.example.org", "u", "geheim"),
        SubscribedCalendar("https://a.example.org/", password="geheim"),
        LdapDirectory("l.example.org", (), "u", "geheim"),
        MailServer("m.example.org", "u", "geheim"),
    ],
)
def test_no_password_is_shown_in_a_log(account: object) -> None:
    assert "geheim" not in repr(account)
