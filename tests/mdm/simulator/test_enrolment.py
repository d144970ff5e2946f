"""A simulated iPad joins: link, profile, SCEP, check-in."""

import re
from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from mdm.simulator.enrolment import enrol_with_profile, remove_by_hand
from mdm.simulator.errors import EnrolmentFailed, SimulatorError
from mdm.simulator.exchange import Response
from mdm.simulator.faults import Fate
from mdm.simulator.hardware import hardware_of
from mdm.simulator.ipad import SimulatedIpad
from profiles import cms, plist
from profiles.configuration_profile import to_bytes
from tests.enrollment.keys import authority
from tests.mdm.simulator.conftest import MakeIpad, enrol, poll, talk
from tests.mdm.simulator.fake_server import ENROLMENT_PROFILE, FakeServer
from tests.mdm.simulator.profile_samples import a_wifi_profile


def test_an_ipad_enrols_from_a_link(ipad: SimulatedIpad, server: FakeServer) -> None:
    enrol(ipad, server)

    assert ipad.is_enrolled
    assert server.message_types() == ["Authenticate", "TokenUpdate"]


def test_authenticate_introduces_the_ipad(ipad: SimulatedIpad, server: FakeServer) -> None:
    enrol(ipad, server)

    _, message = server.checkins[0]
    assert message["SerialNumber"] == "SIMF00000000"
    assert message["UDID"] == ipad.hardware.udid
    assert message["Topic"] == "com.apple.mgmt.External.beispiel"


def test_the_token_update_carries_token_magic_and_unlock_token(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    enrol(ipad, server)

    _, message = server.checkins[1]
    assert len(message["Token"]) == 32
    assert message["PushMagic"]
    assert message["UnlockToken"] == ipad.unlock_token


def test_every_message_is_signed_by_the_identity_from_scep(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    enrol(ipad, server)
    poll(ipad, server)

    assert len(server.fingerprints) == 3
    assert len(set(server.fingerprints)) == 1


def test_a_signed_enrolment_profile_is_installed(ipad: SimulatedIpad, server: FakeServer) -> None:
    signer = authority()
    signed = cms.sign_attached(ENROLMENT_PROFILE, signer.certificate, signer.private_key)

    talk(ipad, server, enrol_with_profile(ipad, signed))

    assert ipad.is_enrolled


def test_a_profile_with_a_broken_signature_is_refused(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    signer = authority()
    signed = cms.sign_attached(ENROLMENT_PROFILE, signer.certificate, signer.private_key)
    broken = signed.replace(b"Beispielstadt", b"Beispielstaat")

    with pytest.raises(EnrolmentFailed, match="1000"):
        talk(ipad, server, enrol_with_profile(ipad, broken))


def test_a_refused_link_enrols_nobody(ipad: SimulatedIpad, server: FakeServer) -> None:
    server.answers_next["/enroll/token-1"] = deque([Response(410)])

    with pytest.raises(EnrolmentFailed) as caught:
        enrol(ipad, server)

    assert caught.value.status == 410
    assert not ipad.is_enrolled


def test_a_challenge_that_the_authority_refuses_enrols_nobody(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    server.challenges.clear()

    with pytest.raises(EnrolmentFailed, match="22013"):
        enrol(ipad, server)

    assert server.message_types() == []


@pytest.mark.parametrize(("status", "code"), [(400, "12002"), (503, "12002"), (401, "12020")])
def test_an_authenticate_that_fails_leaves_nothing_behind(
    ipad: SimulatedIpad, server: FakeServer, status: int, code: str
) -> None:
    server.answers_next["/mdm/checkin"] = deque([Response(status)])

    with pytest.raises(EnrolmentFailed, match=code):
        enrol(ipad, server)

    assert not ipad.is_enrolled
    assert list(ipad.profiles) == []


def test_a_token_update_that_fails_is_sent_again_before_the_next_poll(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    server.answers_next["/mdm/checkin"] = deque([Response(200), Response(503)])
    enrol(ipad, server)

    poll(ipad, server)

    assert server.message_types() == ["Authenticate", "TokenUpdate", "TokenUpdate"]
    assert server.reports[0]["Status"] == "Idle"


def test_a_lost_scep_answer_is_asked_for_again_with_the_same_request(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    ipad.faults.next_fates = [Fate.ARRIVES] * 4 + [Fate.ANSWER_LOST]

    enrol(ipad, server)

    messages = [r.body for r in server.requests if "PKIOperation" in r.url]
    assert len(messages) == 2
    assert messages[0] == messages[1]


def test_without_a_network_nobody_enrols(ipad: SimulatedIpad, server: FakeServer) -> None:
    ipad.is_away = True

    with pytest.raises(EnrolmentFailed, match="cannot be reached"):
        enrol(ipad, server)


def test_a_profile_without_management_does_not_enrol(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    with pytest.raises(EnrolmentFailed, match="no management"):
        talk(ipad, server, enrol_with_profile(ipad, to_bytes(a_wifi_profile())))


def test_a_server_url_without_tls_is_refused(ipad: SimulatedIpad, server: FakeServer) -> None:
    plain = ENROLMENT_PROFILE.replace(b"https://mdm.beispielstadt.example/mdm", b"http://mdm/x")

    with pytest.raises(EnrolmentFailed, match="12030"):
        talk(ipad, server, enrol_with_profile(ipad, plain))


def test_a_foreign_authority_is_refused_by_its_fingerprint(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    message = plist.read_dict(ENROLMENT_PROFILE)
    scep = message["PayloadContent"][0]["PayloadContent"]  # type: ignore[index, call-overload]
    scep["CAFingerprint"] = b"\x00" * 32  # type: ignore[index, call-overload]

    with pytest.raises(EnrolmentFailed, match="22002"):
        talk(ipad, server, enrol_with_profile(ipad, plist.write(message)))


def test_an_ipad_with_two_managements_refuses_the_second(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    other = ENROLMENT_PROFILE.replace(b"klassensatz.enrol", b"anderswo.enrol")

    with pytest.raises(EnrolmentFailed, match="12001"):
        talk(enrolled, server, enrol_with_profile(enrolled, other))


@pytest.mark.parametrize("form", list(cms.SignatureForm))
def test_every_form_of_signature_is_spoken(
    ipad: SimulatedIpad, server: FakeServer, form: cms.SignatureForm
) -> None:
    ipad.habits = replace(ipad.habits, signature_form=form)

    enrol(ipad, server)

    assert ipad.is_enrolled


@pytest.mark.parametrize("days", [-400, 400])
def test_an_ipad_with_a_wrong_clock_enrols_all_the_same(
    ipad: SimulatedIpad, server: FakeServer, days: int
) -> None:
    ipad.faults.clock_skew = timedelta(days=days)

    enrol(ipad, server)

    assert ipad.is_enrolled


def test_a_release_in_answer_to_the_token_leaves_nothing_behind(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    server.answers_next["/mdm/checkin"] = deque([Response(200), Response(401)])

    with pytest.raises(EnrolmentFailed, match="12020"):
        enrol(ipad, server)

    assert not ipad.is_enrolled
    assert list(ipad.profiles) == []


def test_a_person_can_remove_the_management_profile(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    talk(enrolled, server, remove_by_hand(enrolled))

    assert server.message_types()[-1] == "CheckOut"
    assert not enrolled.is_enrolled


def test_a_locked_management_profile_stays_on_a_supervised_ipad(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    locked = b"<key>PayloadRemovalDisallowed</key>\n\t<true/>"
    server.profile = re.sub(
        rb"<key>PayloadRemovalDisallowed</key>\s*<false/>", locked, ENROLMENT_PROFILE
    )
    enrol(ipad, server)

    with pytest.raises(SimulatorError):
        talk(ipad, server, remove_by_hand(ipad))

    assert ipad.is_enrolled


def test_the_same_seed_gives_the_same_token(make_ipad: MakeIpad, server: FakeServer) -> None:
    first, second = make_ipad(), make_ipad()

    enrol(first, server)
    enrol(second, server)

    tokens = [message["Token"] for kind, message in server.checkins if kind == "TokenUpdate"]
    assert tokens[0] == tokens[1]


def test_the_numbers_of_a_fleet_give_distinct_ipads() -> None:
    fleet = [hardware_of(number) for number in range(2000)]

    assert len({one.serial_number for one in fleet}) == 2000
    assert len({one.udid for one in fleet}) == 2000
    assert len({one.wifi_mac for one in fleet}) == 2000


def test_a_narrow_right_keeps_the_serial_number_secret(
    make_ipad: MakeIpad, server: FakeServer
) -> None:
    server.profile = ENROLMENT_PROFILE.replace(b"<integer>8191</integer>", b"<integer>1</integer>")
    ipad = make_ipad(replace(hardware_of(0), os_version="17.0"))

    enrol(ipad, server)

    assert "SerialNumber" not in server.checkins[0][1]


def test_a_subject_that_cannot_be_written_is_refused(
    ipad: SimulatedIpad, server: FakeServer
) -> None:
    body = ENROLMENT_PROFILE.replace(b"<string>O</string>", b"<string>C</string>")

    with pytest.raises(EnrolmentFailed, match="22002"):
        talk(ipad, server, enrol_with_profile(ipad, body))
