"""Domains, fonts, Setup Assistant, removal passwords, checks of certificates, common forms."""

from enum import Enum
from typing import Any

import pytest

from profiles.payloads.certificate_checks import (
    certificate_revocation_payload,
    certificate_transparency_payload,
)
from profiles.payloads.font import Font, font_payload
from profiles.payloads.managed_domains import ManagedDomains, managed_domains_payload
from profiles.payloads.removal_password import removal_password_payload
from profiles.payloads.setup_assistant import setup_assistant_payload
from profiles.payloads.stating import require_host, require_text, stated
from tests.profiles.payloads.examples import DIGEST
from tests.profiles.payloads.support import IDENTIFIER, content_of, refused


class TestDomains:
    def test_only_lists_with_an_entry_are_written(self) -> None:
        payload = managed_domains_payload(ManagedDomains(web=("*.example.org",)), IDENTIFIER)

        assert content_of(payload) == {"WebDomains": ["*.example.org"]}

    @pytest.mark.parametrize(
        ("lists", "field"),
        [
            ({}, "WebDomains"),
            ({"mail": ("example.org/path",)}, "EmailDomains[0]"),
            ({"mail": ("kollegium@example.org",)}, "EmailDomains[0]"),
            ({"web": ("example.org", "exa mple.org")}, "WebDomains[1]"),
            ({"web": ("a.*.example.org",)}, "WebDomains[0]"),
            ({"web": ("example.org", "EXAMPLE.org")}, "WebDomains[1]"),
            ({"relaxed_tracking_apps": ("app",)}, "CrossSiteTrackingPreventionRelaxedApps"),
        ],
    )
    def test_what_is_no_domain_is_named(self, lists: dict[str, Any], field: str) -> None:
        assert refused(lambda: ManagedDomains(**lists)).field == field

    def test_ten_sites_may_work_without_protection_and_no_more(self) -> None:
        sites = tuple(f"s{number}.example.org" for number in range(11))

        error = refused(
            lambda: managed_domains_payload(ManagedDomains(relaxed_tracking=sites), IDENTIFIER)
        )

        assert error.field == "CrossSiteTrackingPreventionRelaxedDomains"


class TestFonts:
    @pytest.mark.parametrize("beginning", [b"OTTO", b"\x00\x01\x00\x00", b"true"])
    def test_both_kinds_of_fonts_are_accepted(self, beginning: bytes) -> None:
        payload = font_payload(Font("Schrift $A", beginning + bytes(9)), IDENTIFIER)

        assert content_of(payload) == {"Name": "Schrift $A", "Font": beginning + bytes(9)}

    @pytest.mark.parametrize(
        ("file", "problem"),
        [
            (b"", "no font"),
            (b"wOFF" + bytes(9), "no font"),
            (b"ttcf" + bytes(9), "collection"),
            (b"OTTO" + bytes(4 * 1024 * 1024), "big"),
        ],
    )
    def test_other_files_are_refused(self, file: bytes, problem: str) -> None:
        error = refused(lambda: Font("Schrift", file))

        assert error.field == "Font"
        assert problem in error.problem


class TestSetupAssistant:
    def test_panes_are_written_once_and_in_order(self) -> None:
        payload = setup_assistant_payload(["Siri", "Privacy", "Siri"], IDENTIFIER)

        assert content_of(payload) == {"SkipSetupItems": ["Privacy", "Siri"]}

    def test_a_pane_of_next_autumn_is_no_error(self) -> None:
        assert setup_assistant_payload(["SomethingNew"], IDENTIFIER)

    @pytest.mark.parametrize("pane", ["", "Siri ", "$SERIAL", "x" * 61])
    def test_what_is_no_name_is_refused(self, pane: str) -> None:
        error = refused(lambda: setup_assistant_payload([pane], IDENTIFIER))

        assert error.field == "SkipSetupItems[0]"

    def test_a_pane_is_needed(self) -> None:
        assert refused(lambda: setup_assistant_payload([], IDENTIFIER)).field == "SkipSetupItems"


class TestCertificateChecks:
    @pytest.mark.parametrize("digest", [b"", DIGEST[:20], DIGEST * 2])
    def test_public_keys_are_told_by_sha_256(self, digest: bytes) -> None:
        error = refused(lambda: certificate_revocation_payload((DIGEST, digest), IDENTIFIER))

        assert error.field == "EnabledForCerts[1].Hash"

    @pytest.mark.parametrize("domain", ["", "*.example.org", "https://example.org"])
    def test_a_domain_has_no_star(self, domain: str) -> None:
        error = refused(lambda: certificate_transparency_payload((), (domain,), IDENTIFIER))

        assert error.field == "DisabledForDomains[0]"

    def test_naming_nothing_is_refused(self) -> None:
        assert refused(lambda: certificate_transparency_payload((), (), IDENTIFIER))
        assert refused(lambda: certificate_revocation_payload((), IDENTIFIER))


def test_an_empty_removal_password_would_let_everybody_remove_the_profile() -> None:
    error = refused(lambda: removal_password_payload("", IDENTIFIER))

    assert error.field == "RemovalPassword"


class Colour(Enum):
    """A choice."""

    RED = "red"


class TestStating:
    def test_what_has_no_opinion_falls_away(self) -> None:
        keys: dict[str, Any] = {
            "a": None,
            "b": (),
            "c": {},
            "d": {"e": None},
            "f": [],
            "g": {"h": 1},
        }

        assert stated(keys) == {"g": {"h": 1}}

    def test_false_zero_and_the_empty_text_are_opinions(self) -> None:
        keys = {"a": False, "b": 0, "c": "", "d": b""}

        assert stated(keys) == keys

    def test_tuples_become_lists_and_choices_their_values(self) -> None:
        assert stated({"a": (Colour.RED, {"b": (1,)})}) == {"a": ["red", {"b": [1]}]}

    @pytest.mark.parametrize("host", ["a", "mail.example.org", "192.0.2.1", "2001:db8::1", "a_b.c"])
    def test_names_and_addresses_are_hosts(self, host: str) -> None:
        require_host("Host", host)

    @pytest.mark.parametrize("host", ["", ".", "a.", "a..b", "ü.example.org", "a/b", "a:1", "$A"])
    def test_anything_else_is_no_host(self, host: str) -> None:
        assert refused(lambda: require_host("Host", host)).field == "Host"

    @pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x00"])
    def test_a_text_is_one_line_with_something_in_it(self, text: str) -> None:
        assert refused(lambda: require_text("Label", text)).field == "Label"
