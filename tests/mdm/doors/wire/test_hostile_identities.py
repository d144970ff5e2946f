"""Signatures and certificates that prove nothing: refused with 400, never 401, and whoever they
pretend to be is not touched. Numbers are those of the attack list.
"""

import base64
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import select, update

from mdm.base.bell import RecordingBell
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors.wire.answer import EMPTY, Answer
from mdm.doors.wire.door import DeviceDoor
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Device, Enrollment, IdentityCertificate
from policies.delivery import DeliveryState
from profiles import cms, plist
from tests.factories.commands import a_command
from tests.mdm.doors.wire.conftest import Classroom, Handset, send

IDLE = {"Status": "Idle"}
MESSAGES: dict[str, dict[str, object]] = {
    "TokenUpdate": {"MessageType": "TokenUpdate", "Token": b"evil", "PushMagic": "evil"},
    "CheckOut": {"MessageType": "CheckOut"},
    "SetBootstrapToken": {"MessageType": "SetBootstrapToken", "BootstrapToken": b"evil"},
    "GetBootstrapToken": {"MessageType": "GetBootstrapToken"},
    "GetToken": {"MessageType": "GetToken", "TokenServiceType": "com.apple.maid"},
    "DeclarativeManagement": {"MessageType": "DeclarativeManagement", "Endpoint": "tokens"},
    "ReturnToService": {"MessageType": "ReturnToService"},
    "Idle": {"Status": "Idle"},
    "Acknowledged": {"Status": "Acknowledged", "CommandUUID": "any"},
}


def _snapshot(database: Database, handset: Handset) -> tuple[object, ...]:
    with database.reading() as tx:
        row = tx.scalars(
            select(Enrollment).where(
                Enrollment.key == handset.udid, Enrollment.held_reason.is_(None)
            )
        ).one()
        return (row.state, row.push_token, row.sealed_bootstrap_token, row.ended_at)


def test_24_no_signature_at_all_is_refused(classroom: Classroom) -> None:
    handset = classroom.enrolled()

    assert send(handset.door, plist.write({**IDLE, "UDID": handset.udid})).status == 400


def test_25_a_signature_over_another_body_is_refused(classroom: Classroom) -> None:
    handset = classroom.enrolled()
    body = plist.write({**IDLE, "UDID": handset.udid})

    assert handset.send(body, signed=body + b" ").status == 400


def test_26_a_self_signed_certificate_with_a_copied_subject_is_refused(
    classroom: Classroom, database: Database
) -> None:
    real = classroom.enrolled()
    before = _snapshot(database, real)
    name = real.certificate.subject
    stranger = classroom.stranger()
    copied = _certificate(name, real.certificate.serial_number, stranger.number, classroom.now)
    impostor = replace(real, certificate=copied, number=stranger.number)

    assert impostor.idle().status == 400
    assert impostor.authenticate().status == 400
    assert _snapshot(database, real) == before


def _certificate(name: x509.Name, serial: int, number: int, now: datetime) -> x509.Certificate:
    from tests.mdm.doors.wire.conftest import key

    builder = x509.CertificateBuilder(subject_name=name, issuer_name=name)
    builder = builder.public_key(key(number).public_key()).serial_number(serial)
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key(number), hashes.SHA256())


def test_27_a_certificate_we_never_issued_cannot_begin_an_enrolment(
    classroom: Classroom, database: Database
) -> None:
    stranger = classroom.stranger()

    assert stranger.authenticate().status == 400

    with database.reading() as tx:
        assert tx.scalars(select(Enrollment)).all() == []


def test_28_an_expired_certificate_cannot_begin_an_enrolment(
    classroom: Classroom, database: Database, tools: Tools
) -> None:
    handset = classroom.handset()
    assert isinstance(tools.clock, FixedClock)
    tools.clock.instant += timedelta(days=800)

    assert handset.authenticate().status == 400


def test_28_an_ipad_that_slept_past_its_certificates_end_is_still_served(
    classroom: Classroom, database: Database, tools: Tools
) -> None:
    handset = classroom.enrolled()
    assert isinstance(tools.clock, FixedClock)
    tools.clock.instant += timedelta(days=800)

    assert handset.idle() == EMPTY


def test_29_a_revoked_certificate_is_refused(classroom: Classroom, database: Database) -> None:
    handset = classroom.enrolled()
    with database.transaction() as tx:
        tx.execute(update(IdentityCertificate).values(revoked_at=classroom.now))

    assert handset.idle().status == 400
    assert handset.token_update(b"new" * 10).status == 400


@pytest.mark.parametrize("message", MESSAGES)
def test_30_another_ipads_certificate_is_refused_on_every_message(
    classroom: Classroom, database: Database, message: str
) -> None:
    victim, attacker = classroom.enrolled(), classroom.enrolled()
    before = _snapshot(database, victim)

    answer = victim.with_another_certificate(attacker).say(MESSAGES[message])

    assert answer.status == 400
    assert _snapshot(database, victim) == before
    assert victim.idle() == EMPTY
    assert attacker.idle() == EMPTY


def test_31_another_ipads_used_certificate_cannot_take_over_a_udid(
    classroom: Classroom, database: Database
) -> None:
    victim, attacker = classroom.enrolled(), classroom.enrolled()
    with database.transaction() as tx:
        command = a_command(tx, classroom.current(victim, tx))

    assert victim.with_another_certificate(attacker).authenticate().status == 400

    with database.reading() as tx:
        assert tx.get_one(Command, command.id).state is DeliveryState.QUEUED


@pytest.mark.parametrize(
    "header",
    [
        "",
        "not base64 !",
        base64.b64encode(b"\x30\x80" * 4000).decode(),
        base64.b64encode(b"\x30\x84\xff\xff\xff\xff").decode(),
        "A" * 1_000_000,
        base64.urlsafe_b64encode(b"\xfb\xff" * 40).decode(),
        "MIIB\nAAAA",
    ],
    ids=["empty", "words", "bomb", "length", "megabyte", "url-safe", "newline"],
)
def test_32_43_a_header_that_is_no_signature_is_refused(classroom: Classroom, header: str) -> None:
    handset = classroom.enrolled()
    body = plist.write({**IDLE, "UDID": handset.udid})

    assert send(handset.door, body, HTTP_MDM_SIGNATURE=header).status == 400
    assert handset.idle() == EMPTY


def test_33_a_short_rsa_key_is_refused(classroom: Classroom) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)

    assert _sent_with(classroom, weak).status == 400


def test_33_a_strange_curve_is_refused(classroom: Classroom) -> None:
    assert _sent_with(classroom, ec.generate_private_key(ec.SECP256K1())).status == 400


def _sent_with(
    classroom: Classroom, secret: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
) -> Answer:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "weak")])
    builder = x509.CertificateBuilder(subject_name=name, issuer_name=name)
    builder = builder.public_key(secret.public_key()).serial_number(7)
    builder = builder.not_valid_before(classroom.now)
    certificate = builder.not_valid_after(classroom.now + timedelta(days=1)).sign(
        secret, hashes.SHA256()
    )
    body = plist.write({**IDLE, "UDID": "UDID-0001"})
    raw = cms.sign_detached(body, certificate, secret, cms.SignatureForm.SHA256_BER)
    header = cms.encode_signature_header(raw)
    return send(classroom.door, body, HTTP_MDM_SIGNATURE=header)


@pytest.mark.parametrize("form", list(cms.SignatureForm))
def test_every_form_of_signature_that_devices_use_is_read(
    classroom: Classroom, form: cms.SignatureForm
) -> None:
    handset = replace(classroom.enrolled(), form=form)

    assert handset.idle() == EMPTY


def test_35_a_result_played_again_has_no_second_effect(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.enrolled()
    with database.transaction() as tx:
        command = a_command(tx, classroom.current(handset, tx))
    handset.idle()
    handset.answer(command.uuid, "Error", ErrorChain=[])

    assert handset.answer(command.uuid, "Acknowledged") == EMPTY

    with database.reading() as tx:
        assert tx.get_one(Command, command.id).state is DeliveryState.FAILED


def test_38_a_goodbye_of_an_earlier_enrolment_is_ignored(
    classroom: Classroom, database: Database
) -> None:
    before = classroom.enrolled()
    with database.transaction() as tx:
        row = classroom.current(before, tx)
        tx.get_one(Device, row.device_id).is_return_expected = True
    after = classroom.handset(udid=before.udid)
    after.authenticate()
    after.token_update(b"\x05" * 32)

    assert before.check_out().status == 200

    with database.reading() as tx:
        assert classroom.current(after, tx).push_token == b"\x05" * 32
    assert after.idle() == EMPTY


def test_39_a_result_for_another_ipads_command_is_ignored_and_alarms(
    classroom: Classroom, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    victim, attacker = classroom.enrolled(), classroom.enrolled()
    with database.transaction() as tx:
        command = a_command(tx, classroom.current(victim, tx))
    victim.idle()

    assert attacker.answer(command.uuid) == EMPTY

    with database.reading() as tx:
        assert tx.get_one(Command, command.id).state is DeliveryState.REACHED
    assert "foreign_command_answered" in caplog.text


def test_a_late_result_for_a_command_of_an_earlier_enrolment_does_not_alarm(
    classroom: Classroom, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    before = classroom.enrolled()
    with database.transaction() as tx:
        row = classroom.current(before, tx)
        command = a_command(tx, row)
        tx.get_one(Device, row.device_id).is_return_expected = True
    before.idle()
    after = classroom.handset(udid=before.udid)
    after.authenticate()
    after.token_update(b"\x05" * 32)

    assert after.answer(command.uuid) == EMPTY

    assert "foreign_command_answered" not in caplog.text


def test_an_unknown_command_uuid_is_answered_with_200(classroom: Classroom) -> None:
    handset = classroom.enrolled()

    assert handset.answer("00000000-0000-4000-8000-FFFFFFFFFFFF") == EMPTY


def _proxied(
    database: Database, vault: Vault, now: datetime, source: str, network: str = "127.0.0.0/8"
) -> DeviceDoor:
    settings = Settings(device_identity=source, trusted_proxies=(ip_network(network),))
    return DeviceDoor(Tools(settings, database, vault, FixedClock(now), RecordingBell()))


def _rfc9440(certificate: x509.Certificate) -> str:
    return f":{base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()}:"


def _escaped(certificate: x509.Certificate) -> str:
    return quote(certificate.public_bytes(Encoding.PEM).decode(), safe="")


FORMS = {"rfc9440": _rfc9440, "nginx": _escaped}


@pytest.mark.parametrize("source", FORMS)
def test_40_a_listed_proxy_passes_the_client_certificate_on(
    classroom: Classroom, database: Database, vault: Vault, now: datetime, source: str
) -> None:
    handset = classroom.enrolled()
    door = _proxied(database, vault, now, source)
    body = plist.write({**IDLE, "UDID": handset.udid})

    answer = send(door, body, HTTP_CLIENT_CERT=FORMS[source](handset.certificate))

    assert answer == EMPTY
    door.fast.driver.close()
    door.last_seen.close()


@pytest.mark.parametrize("source", FORMS)
def test_40_the_header_from_an_unlisted_address_does_not_exist(
    classroom: Classroom, database: Database, vault: Vault, now: datetime, source: str
) -> None:
    handset = classroom.enrolled()
    door = _proxied(database, vault, now, source, network="10.0.0.0/8")
    body = plist.write({**IDLE, "UDID": handset.udid})

    answer = send(door, body, HTTP_CLIENT_CERT=FORMS[source](handset.certificate))

    assert answer.status == 400


def test_40_without_listed_proxies_the_header_counts_for_nothing(classroom: Classroom) -> None:
    handset = classroom.enrolled()
    body = plist.write({**IDLE, "UDID": handset.udid})

    answer = send(handset.door, body, HTTP_CLIENT_CERT=_rfc9440(handset.certificate))

    assert answer.status == 400


@pytest.mark.parametrize("source", FORMS)
@pytest.mark.parametrize("spoil", ["twice", "cut", "newline", "megabyte", "words", "forwarded"])
def test_41_42_a_malformed_or_doubled_header_is_refused(
    classroom: Classroom, database: Database, vault: Vault, now: datetime, source: str, spoil: str
) -> None:
    handset = classroom.enrolled()
    door = _proxied(database, vault, now, source)
    good = FORMS[source](handset.certificate)
    bad = {
        "twice": f"{good},{good}",
        "cut": good[:-9],
        "newline": good[:20] + "\n" + good[20:],
        "megabyte": good * 700,
        "words": "hello",
        "forwarded": good,
    }[spoil]
    body = plist.write({**IDLE, "UDID": handset.udid})
    address = "192.0.2.1" if spoil == "forwarded" else "127.0.0.1"

    answer = send(
        door,
        body,
        HTTP_CLIENT_CERT=bad,
        REMOTE_ADDR=address,
        HTTP_X_FORWARDED_FOR="127.0.0.1",
    )

    assert answer.status == 400


def test_95_a_valid_certificate_whose_enrolment_is_lost_is_never_told_to_leave(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.enrolled()
    with database.transaction() as tx:
        tx.execute(update(IdentityCertificate).values(enrollment_id=None, pinned_at=None))
        tx.execute(update(Enrollment).values(ended_at=classroom.now))

    assert handset.idle().status in (200, 400, 503)
