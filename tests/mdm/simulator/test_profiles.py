"""What a simulated iPad makes of profiles."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from mdm.simulator.hardware import hardware_of
from mdm.simulator.ipad import SimulatedIpad
from profiles.commands.answers.profiles import read_profiles
from profiles.commands.answers.restrictions import read_restrictions
from profiles.configuration_profile import ConfigurationProfile, Payload, to_bytes
from tests.mdm.simulator.conftest import MakeIpad, enrol, poll
from tests.mdm.simulator.fake_server import ENROLMENT_PROFILE, FakeServer, renewal_profile
from tests.mdm.simulator.profile_samples import (
    RESTRICTIONS_ID,
    WIFI_ID,
    a_payload,
    a_profile,
    a_restriction_profile,
    a_wifi_profile,
)


def install(
    ipad: SimulatedIpad, server: FakeServer, profile: ConfigurationProfile | bytes
) -> Mapping[str, Any]:
    body = profile if isinstance(profile, bytes) else to_bytes(profile)
    uuid = server.queue("InstallProfile", f"install-{len(server.reports)}", Payload=body)
    poll(ipad, server)
    return server.answer_to(uuid)


def code_of(answer: Mapping[str, Any]) -> int:
    assert answer["Status"] == "Error", answer
    code: int = answer["ErrorChain"][0]["ErrorCode"]
    return code


def test_an_installed_profile_is_listed_with_its_revision(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    profile = a_wifi_profile()
    install(enrolled, server, profile)
    uuid = server.queue("ProfileList")

    poll(enrolled, server)

    listed = {one.identifier: one.uuid for one in read_profiles(server.answer_to(uuid))}
    assert listed[WIFI_ID] == profile.uuid
    assert "de.beispielstadt.klassensatz.enrol" in listed


def test_the_same_identifier_replaces(enrolled: SimulatedIpad, server: FakeServer) -> None:
    install(enrolled, server, a_wifi_profile("Alt"))

    install(enrolled, server, a_wifi_profile("Neu"))

    (wifi,) = enrolled.profiles.payloads("com.apple.wifi.managed")
    assert wifi.content["SSID_STR"] == "Neu"


def test_two_payloads_of_one_identifier_are_refused_with_1008(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    body = to_bytes(a_profile("x", a_payload("com.apple.font"), a_payload("com.apple.airplay")))

    answer = install(enrolled, server, body.replace(b"de.beispielstadt.font", b"x"))

    assert code_of(answer) == 1008


def test_two_payloads_of_one_uuid_are_refused_with_1007(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    first, second = a_payload("com.apple.font"), a_payload("com.apple.airplay")
    body = to_bytes(a_profile("x", first, second)).replace(
        second.uuid.encode(), first.uuid.encode()
    )

    assert code_of(install(enrolled, server, body)) == 1007


def test_what_is_no_profile_is_refused(enrolled: SimulatedIpad, server: FakeServer) -> None:
    assert code_of(install(enrolled, server, b"<html/>")) == 1000


def test_an_unknown_payload_fails_the_whole_profile(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    profile = a_profile(
        "x", a_payload("com.apple.font", Font=b"OTTO"), a_payload("com.apple.nonsense")
    )

    assert code_of(install(enrolled, server, profile)) == 4001
    assert enrolled.profiles.get("x") is None


def test_a_payload_for_supervised_ipads_fails_on_another_one(
    make_ipad: MakeIpad, server: FakeServer
) -> None:
    ipad = make_ipad(replace(hardware_of(0), is_supervised=False))
    enrol(ipad, server)

    answer = install(ipad, server, a_profile("x", a_payload("com.apple.homescreenlayout")))

    assert code_of(answer) == 4025


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (a_payload("com.apple.app.lock", App={"Identifier": "com.example.app"}), 4019),
        (a_payload("com.apple.proxy.http.global"), 4017),
        (a_payload("com.apple.homescreenlayout", Pages=[]), 4028),
        (a_payload("com.apple.notificationsettings", NotificationSettings=[]), 4029),
    ],
    ids=lambda value: value.type if isinstance(value, Payload) else str(value),
)
def test_of_some_payloads_a_second_is_refused(
    enrolled: SimulatedIpad, server: FakeServer, payload: Payload, code: int
) -> None:
    install(enrolled, server, a_profile("first", payload))

    assert code_of(install(enrolled, server, a_profile("second", payload))) == code


def test_a_wrong_kind_of_value_is_refused(enrolled: SimulatedIpad, server: FakeServer) -> None:
    profile = a_restriction_profile(allowCamera="no")

    assert code_of(install(enrolled, server, profile)) == 4001


def test_restrictions_of_several_profiles_are_combined(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    install(enrolled, server, a_restriction_profile("one", allowCamera=True, allowAirDrop=False))
    install(enrolled, server, a_restriction_profile("two", allowCamera=False))
    uuid = server.queue("Restrictions", ProfileRestrictions=True)

    poll(enrolled, server)

    restrictions = read_restrictions(server.answer_to(uuid))
    assert restrictions.effective.flags == {"allowCamera": False, "allowAirDrop": False}
    assert restrictions.by_profile["one"].flags["allowCamera"] is True


def test_an_unsupervised_ipad_passes_over_restrictions_for_supervised_ones(
    make_ipad: MakeIpad, server: FakeServer
) -> None:
    ipad = make_ipad(replace(hardware_of(0), is_supervised=False))
    enrol(ipad, server)
    install(ipad, server, a_restriction_profile(allowAirDrop=False, allowScreenShot=False))
    uuid = server.queue("Restrictions")

    poll(ipad, server)

    flags = read_restrictions(server.answer_to(uuid)).effective.flags
    assert flags == {"allowScreenShot": False}


def test_a_removed_profile_is_gone(enrolled: SimulatedIpad, server: FakeServer) -> None:
    install(enrolled, server, a_restriction_profile(allowCamera=False))
    uuid = server.queue("RemoveProfile", Identifier=RESTRICTIONS_ID)

    poll(enrolled, server)

    assert server.answers_to(uuid) == ["Acknowledged"]
    assert enrolled.profiles.get(RESTRICTIONS_ID) is None


def test_removing_what_is_not_there_is_answered_with_12075(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    uuid = server.queue("RemoveProfile", Identifier="nobody")

    poll(enrolled, server)

    assert code_of(server.answer_to(uuid)) == 12075


def test_removing_the_enrolment_profile_ends_management_with_a_farewell(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    uuid = server.queue("RemoveProfile", Identifier="de.beispielstadt.klassensatz.enrol")

    poll(enrolled, server)

    assert server.answers_to(uuid) == ["Acknowledged"]
    assert server.message_types()[-1] == "CheckOut"
    assert not enrolled.is_enrolled


def test_without_its_last_wlan_an_ipad_is_off_line(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    install(enrolled, server, a_wifi_profile())
    uuid = server.queue("RemoveProfile", Identifier=WIFI_ID)

    poll(enrolled, server)

    assert not enrolled.is_online
    assert server.answers_to(uuid) == []


def test_a_wlan_with_a_wrong_password_carries_nothing(
    make_ipad: MakeIpad, server: FakeServer
) -> None:
    ipad = make_ipad(networks={"Schule": "richtig-und-lang"})
    enrol(ipad, server)
    server.queue("InstallProfile", Payload=to_bytes(a_wifi_profile("Schule", "falsch-und-lang")))

    poll(ipad, server)

    assert not ipad.is_online


def test_an_identity_is_renewed_by_the_enrolment_profile_with_a_new_challenge(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    before = server.fingerprints[-1]

    answer = install(enrolled, server, renewal_profile())

    assert answer["Status"] == "Acknowledged"
    assert server.message_types() == ["Authenticate", "TokenUpdate"] * 2
    assert server.fingerprints[-1] != before


def test_a_renewal_keeps_token_and_magic(enrolled: SimulatedIpad, server: FakeServer) -> None:
    install(enrolled, server, renewal_profile())

    updates = [message for kind, message in server.checkins if kind == "TokenUpdate"]
    assert updates[0]["Token"] == updates[1]["Token"]


def test_a_renewal_whose_challenge_is_refused_leaves_the_old_identity(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    server.challenges.clear()

    answer = install(enrolled, server, renewal_profile())
    poll(enrolled, server)

    assert code_of(answer) == 22013
    assert len(set(server.fingerprints)) == 1


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"External.beispiel", b"External.anderes", 12012),
        (b"/mdm/connect", b"/mdm/anders.", 12012),
        (b"/mdm/checkin", b"/mdm/anders.", 12012),
        (b"com.apple.mdm.per-user-connections", b"com.apple.mdm.token", 12012),
    ],
)
def test_what_may_never_change_in_an_enrolment_profile(
    enrolled: SimulatedIpad, server: FakeServer, old: bytes, new: bytes, code: int
) -> None:
    answer = install(enrolled, server, renewal_profile().replace(old, new))

    assert code_of(answer) == code


def test_a_replacement_may_not_gain_rights(make_ipad: MakeIpad, server: FakeServer) -> None:
    server.profile = ENROLMENT_PROFILE.replace(b"<integer>8191</integer>", b"<integer>3</integer>")
    ipad = make_ipad()
    enrol(ipad, server)

    assert code_of(install(ipad, server, renewal_profile())) == 12009


def test_a_replacement_without_management_is_refused(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    identifier = "de.beispielstadt.klassensatz.enrol"

    answer = install(enrolled, server, a_restriction_profile(identifier, allowCamera=False))

    assert code_of(answer) == 4015
