"""AirPlay, AirPrint and Apple TVs."""

from typing import Any

import pytest

from profiles.payloads.airplay import AirPlay, AirPlayPassword, AirPlayTarget, airplay_payload
from profiles.payloads.airprint import Printer, airprint_payload
from profiles.payloads.apple_tv import (
    AirPlaySecurity,
    RemoteTarget,
    SenderCheck,
    airplay_security_payload,
    conference_room_payload,
    tv_remote_payload,
)
from profiles.variables import DeviceVariables
from tests.profiles.payloads.examples import MAC
from tests.profiles.payloads.support import IDENTIFIER, content_of, refused


class TestAirPlay:
    def test_a_display_is_named_for_old_and_new_ipads(self) -> None:
        payload = airplay_payload(AirPlay((AirPlayTarget("Raum 1", MAC.lower()),)), IDENTIFIER)

        assert content_of(payload) == {"AllowList": [{"DeviceName": "Raum 1", "DeviceID": MAC}]}

    def test_without_a_list_every_display_may_be_used(self) -> None:
        payload = airplay_payload(
            AirPlay(passwords=(AirPlayPassword("Raum 1", "wort"),)), IDENTIFIER
        )

        assert "AllowList" not in payload.content

    @pytest.mark.parametrize("device_id", ["", "0123456789AB", "01-23-45-67-89-AB", MAC + ":CD"])
    def test_a_hardware_address_has_colons(self, device_id: str) -> None:
        assert refused(lambda: AirPlayTarget("Raum", device_id)).field == "AllowList.DeviceID"

    @pytest.mark.parametrize(
        ("settings", "field"),
        [
            ({}, "AllowList"),
            ({"only": (AirPlayTarget("Raum"), AirPlayTarget("RAUM"))}, "AllowList[1]"),
            ({"passwords": (AirPlayPassword("R", "a"), AirPlayPassword("R", "b"))}, "Passwords[1]"),
        ],
    )
    def test_each_display_comes_once(self, settings: dict[str, Any], field: str) -> None:
        assert refused(lambda: AirPlay(**settings)).field == field

    def test_an_empty_password_is_none(self) -> None:
        assert refused(lambda: AirPlayPassword("Raum", "")).field == "Passwords.Password"

    def test_no_password_is_shown_in_a_log(self) -> None:
        assert "wort" not in repr(AirPlay(passwords=(AirPlayPassword("Raum", "wort"),)))


class TestAirPrint:
    def test_a_printer_is_found_at_its_usual_path_and_port(self) -> None:
        payload = airprint_payload((Printer("192.0.2.9"),), IDENTIFIER)

        assert content_of(payload) == {
            "AirPrint": [{"IPAddress": "192.0.2.9", "ResourcePath": "ipp/print", "ForceTLS": False}]
        }

    @pytest.mark.parametrize(
        ("settings", "field"),
        [
            ({"host": "ipp://drucker"}, "AirPrint.IPAddress"),
            ({"host": "a", "path": "/ipp/print"}, "AirPrint.ResourcePath"),
            ({"host": "a", "path": ""}, "AirPrint.ResourcePath"),
            ({"host": "a", "port": 0}, "AirPrint.Port"),
        ],
    )
    def test_what_is_no_printer_is_named(self, settings: dict[str, Any], field: str) -> None:
        assert refused(lambda: Printer(**settings)).field == field

    def test_a_port_beyond_all_ports_is_named(self) -> None:
        error = refused(lambda: airprint_payload((Printer("a", port=70000),), IDENTIFIER))

        assert error.field == "AirPrint[0].Port"

    def test_each_printer_comes_once(self) -> None:
        error = refused(lambda: airprint_payload((Printer("a"), Printer("A")), IDENTIFIER))

        assert error.field == "AirPrint[1]"


class TestAppleTv:
    def test_the_display_speaks_of_its_school(self) -> None:
        payload = conference_room_payload("Willkommen: $SCHOOL", IDENTIFIER)

        content = content_of(payload, DeviceVariables(school="Beispielschule"))

        assert content == {"Message": "Willkommen: Beispielschule"}

    def test_an_empty_message_is_refused(self) -> None:
        assert refused(lambda: conference_room_payload("", IDENTIFIER)).field == "Message"

    @pytest.mark.parametrize(
        ("check", "password"),
        [(SenderCheck.PASSWORD, None), (SenderCheck.PASSWORD, ""), (SenderCheck.CODE_ONCE, "x")],
    )
    def test_a_password_goes_with_asking_for_one(
        self, check: SenderCheck, password: str | None
    ) -> None:
        assert refused(lambda: AirPlaySecurity(check, password)).field == "Password"

    @pytest.mark.parametrize(("same_network", "access"), [(True, "WIFI_ONLY"), (False, "ANY")])
    def test_senders_may_be_kept_to_one_network(self, same_network: bool, access: str) -> None:
        security = AirPlaySecurity(SenderCheck.CODE_ONCE, same_network=same_network)

        content = content_of(airplay_security_payload(security, IDENTIFIER))

        assert content == {"SecurityType": "PASSCODE_ONCE", "AccessType": access}

    def test_a_remote_controls_televisions_by_hardware_address(self) -> None:
        assert refused(lambda: RemoteTarget("Raum 1")).field == "AllowedTVs.TVDeviceID"
        assert refused(lambda: tv_remote_payload((), IDENTIFIER)).field == "AllowedTVs"

    def test_each_television_comes_once(self) -> None:
        twice = (RemoteTarget(MAC), RemoteTarget(MAC.lower()))

        assert refused(lambda: tv_remote_payload(twice, IDENTIFIER)).field == "AllowedTVs[1]"
