"""How often a payload type may be on a device, and what clashes in a set of payloads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.airplay import AirPlay, AirPlayPassword, airplay_payload
from profiles.payloads.wifi import Personal, WifiNetwork, wifi_payload
from profiles.schema.facts import Channel, Coexistence
from profiles.schema.occurrence import (
    Ambiguity,
    TypeConflict,
    ambiguities_in,
    conflicts_in,
    occurrence_of,
)
from profiles.schema.tables import facts_of, payload_types

APP_LOCK = "com.apple.app.lock"
WIFI = "com.apple.wifi.managed"
RESTRICTIONS = "com.apple.applicationaccess"
FILTER = "com.apple.webcontent-filter"

# What the documentation says: type without its prefix, channels of a Shared iPad, how often.
# S: supervised only; M: only by MDM.
DOCUMENTED = """
wifi.managed                D   many
applicationaccess           DU  many
mobiledevice.passwordpolicy -   many
app.lock                    D   one  S
education                   D   one
homescreenlayout            DU  one  S
notificationsettings        DU  one  S
webcontent-filter           D   many
dnsSettings.managed         D   many
dnsProxy.managed            D   one  M
proxy.http.global           D   one  S
relay.managed               D   many
vpn.managed                 D   many
vpn.managed.applayer        D   many
webClip.managed             U   many
security.certificatetransparency D many
security.certificaterevocation   D many
airplay                     D   many
airprint                    D   many
airplay.security            -   one
conferenceroomdisplay       -   one  S
shareddeviceconfiguration   D   one  S
networkusagerules           D   one  M
ldap.account                U   many
mail.managed                U   many
caldav.account              U   many
carddav.account             U   many
eas.account                 U   many
google-oauth                U   many
subscribedcalendar.account  U   many
extensiblesso               U   many M
sso                         -   one
font                        U   many
domains                     DU  one
cellular                    D   one
apn.managed                 D   one
cellularprivatenetwork.managed D many
tvremote                    DU  one  S
profileRemovalPassword      -   one  S
SetupAssistant.managed      D   one  S
mdm                         D   one
"""
LINES = [line.split() for line in DOCUMENTED.strip().splitlines()]


def network(ssid: str, identifier: str) -> Payload:
    return wifi_payload(WifiNetwork(ssid, Personal("korrekt pferd")), identifier)


class TestTypes:
    @pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
    def test_each_type_occurs_as_documented(self, line: list[str]) -> None:
        name, channels, often, *flags = line

        occurrence = occurrence_of(f"com.apple.{name}")

        letters = {channel.value[0].upper() for channel in occurrence.channels}
        assert letters == set(channels) - {"-"}
        assert (occurrence.coexistence is Coexistence.SINGLE) == (often == "one")
        assert occurrence.supervised == ("S" in flags)
        assert occurrence.mdm_only == ("M" in flags)

    def test_the_strictest_of_several_restrictions_applies(self) -> None:
        assert occurrence_of(RESTRICTIONS).coexistence is Coexistence.STRICTEST

    def test_a_page_must_pass_every_filter(self) -> None:
        assert occurrence_of(FILTER).coexistence is Coexistence.ALL_MUST_ALLOW

    def test_web_clips_belong_to_the_person_on_a_shared_ipad(self) -> None:
        assert occurrence_of("com.apple.webClip.managed").channels == {Channel.USER}

    def test_an_unknown_type_is_refused(self) -> None:
        with pytest.raises(InvalidPayload) as refused:
            occurrence_of("com.example.unknown")

        assert refused.value.field == "PayloadType"

    @pytest.mark.parametrize("payload_type", sorted(payload_types()))
    def test_what_a_type_excludes_is_known_and_excludes_it_in_turn(self, payload_type: str) -> None:
        for other in facts_of(payload_type).excludes:
            assert payload_type in facts_of(other).excludes


class TestConflicts:
    def test_two_app_locks_are_one_too_many(self) -> None:
        assert conflicts_in([APP_LOCK, WIFI, APP_LOCK]) == (TypeConflict((APP_LOCK,), 4019),)

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("proxy.http.global", 4017),
            ("apn.managed", 4018),
            ("homescreenlayout", 4028),
            ("notificationsettings", 4029),
            ("domains", None),
        ],
    )
    def test_a_conflict_names_what_a_device_would_answer(self, name: str, code: int | None) -> None:
        (conflict,) = conflicts_in([f"com.apple.{name}"] * 2)

        assert conflict.refused_with == code

    def test_two_forms_of_an_access_point_exclude_each_other(self) -> None:
        conflicts = conflicts_in(["com.apple.cellular", "com.apple.apn.managed"])

        assert [one.payload_types for one in conflicts] == [
            ("com.apple.apn.managed", "com.apple.cellular")
        ]

    def test_several_networks_filters_and_restrictions_are_no_conflict(self) -> None:
        assert conflicts_in([WIFI, FILTER, RESTRICTIONS] * 3) == ()

    def test_types_without_a_table_are_passed_over(self) -> None:
        assert conflicts_in(["com.example.unknown"] * 2) == ()

    @given(st.lists(st.sampled_from(sorted(payload_types())), max_size=8), st.randoms())
    def test_the_order_of_payloads_does_not_matter(self, types: list[str], random: object) -> None:
        shuffled = list(types)
        random.shuffle(shuffled)  # type: ignore[attr-defined]

        assert conflicts_in(shuffled) == conflicts_in(types)


class TestAmbiguities:
    def test_one_network_in_two_payloads_is_ambiguous(self) -> None:
        payloads = [network("Schule-Nord", "de.b"), network("Schule-Nord", "de.a")]

        assert ambiguities_in(payloads) == (Ambiguity(WIFI, "SSID_STR", ("de.a", "de.b")),)

    def test_two_networks_are_not(self) -> None:
        assert ambiguities_in([network("Nord", "de.a"), network("Süd", "de.b")]) == ()

    def test_a_payload_is_not_ambiguous_with_itself(self) -> None:
        assert ambiguities_in([network("Nord", "de.a"), network("Nord", "de.a")]) == ()

    def test_a_display_with_two_passwords_is_ambiguous(self) -> None:
        payloads = [
            airplay_payload(AirPlay(passwords=(AirPlayPassword("Raum 1", word),)), f"de.{word}")
            for word in ("eins", "zwei")
        ]

        (found,) = ambiguities_in(payloads)

        assert found.field == "Passwords[].DeviceName"
        assert found.identifiers == ("de.eins", "de.zwei")

    def test_payloads_without_a_table_are_passed_over(self) -> None:
        foreign = Payload("com.example.x", "de.x", "X", "", {"SSID_STR": "Nord"})

        assert ambiguities_in([foreign, network("Nord", "de.a")]) == ()
