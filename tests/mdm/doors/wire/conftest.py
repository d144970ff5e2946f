"""A device door on a fresh database, and handsets that sign as iPads do."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from enrollment.standing import CertificatePurpose
from mdm.base.bell import RecordingBell
from mdm.base.clock import FixedClock
from mdm.base.db import Database, Tx
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors.wire.answer import Answer
from mdm.doors.wire.door import DeviceDoor
from mdm.rooms.devices.models import Device, Enrollment, IdentityCertificate
from mdm.rooms.links.models import Challenge, EnrollmentLink
from mdm.rooms.schools.models import School
from profiles import cms, plist
from tests.factories.devices import an_authority
from tests.factories.schools import a_school

TOPIC = "com.apple.mgmt.External.example"


@cache
def key(number: int) -> rsa.RSAPrivateKey:
    """A key for each handset, made once: they are slow to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def a_certificate(number: int, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"handset {number}")])
    builder = x509.CertificateBuilder(subject_name=name, issuer_name=name)
    builder = builder.public_key(key(number).public_key()).serial_number(number + 1000)
    builder = builder.not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=700))
    return builder.sign(key(number), hashes.SHA256())


@dataclass
class Handset:
    """Signs and sends; what it says of itself is up to the test."""

    door: DeviceDoor
    udid: str
    serial: str | None
    number: int
    certificate: x509.Certificate
    form: cms.SignatureForm = cms.SignatureForm.APPLE_LEGACY
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> bytes:
        return cms.fingerprint(self.certificate.public_bytes(Encoding.DER))

    def say(self, message: dict[str, Any]) -> Answer:
        """Send a message with this handset's identifiers and signature."""
        return self.send(plist.write({"UDID": self.udid, **self.extra, **message}))

    def send(self, body: bytes, signed: bytes | None = None) -> Answer:
        """Send a body, with the signature over another one if given."""
        raw = cms.sign_detached(
            body if signed is None else signed, self.certificate, key(self.number), self.form
        )
        return send(self.door, body, HTTP_MDM_SIGNATURE=cms.encode_signature_header(raw))

    def authenticate(self, **more: Any) -> Answer:
        told = {"SerialNumber": self.serial} if self.serial is not None else {}
        return self.say({"MessageType": "Authenticate", "Topic": TOPIC, **told, **more})

    def token_update(self, token: bytes = b"\x01" * 32, **more: Any) -> Answer:
        values = {"Topic": TOPIC, "Token": token, "PushMagic": "magic"}
        return self.say({"MessageType": "TokenUpdate", **values, **more})

    def check_out(self) -> Answer:
        return self.say({"MessageType": "CheckOut", "Topic": TOPIC})

    def idle(self) -> Answer:
        return self.say({"Status": "Idle"})

    def answer(self, uuid: str, status: str = "Acknowledged", **more: Any) -> Answer:
        return self.say({"Status": status, "CommandUUID": uuid, **more})

    def with_another_certificate(self, other: "Handset") -> "Handset":
        """The same claims, signed by somebody else."""
        return replace(self, certificate=other.certificate, number=other.number)


def send(door: DeviceDoor, body: bytes, **environ: Any) -> Answer:
    """Hand raw bytes to the door as a WSGI server would."""
    return door.handle(
        {
            "REQUEST_METHOD": "PUT",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            **environ,
        }
    )


@pytest.fixture
def tools(database: Database, vault: Vault, now: datetime) -> Tools:
    return Tools(Settings(), database, vault, FixedClock(now), RecordingBell())


@pytest.fixture
def door(tools: Tools) -> Iterator[DeviceDoor]:
    door = DeviceDoor(tools)
    yield door
    door.fast.driver.close()
    door.last_seen.close()


@pytest.fixture
def school(database: Database) -> School:
    with database.transaction() as tx:
        return a_school(tx)


@dataclass
class Classroom:
    """Makes handsets that a school expects, or does not."""

    door: DeviceDoor
    database: Database
    school: School
    now: datetime
    made: int = 0

    def handset(self, *, expected: bool = True, udid: str | None = None) -> Handset:
        """A handset with a certificate from the school's link."""
        self.made += 1
        number = self.made
        serial = f"SIMX{number:06d}"
        with self.database.transaction() as tx:
            if expected:
                tx.add(_expected(serial, self.school, self.now))
            certificate = a_certificate(number, self.now)
            _record(tx, certificate, _challenge(tx, self.school, number, self.now), self.now)
        return Handset(self.door, udid or f"UDID-{number:04d}", serial, number, certificate)

    def stranger(self) -> Handset:
        """A handset with a certificate that we never issued."""
        self.made += 1
        certificate = a_certificate(self.made, self.now)
        return Handset(self.door, f"UDID-{self.made:04d}", None, self.made, certificate)

    def enrolled(self) -> Handset:
        """A handset that has enrolled."""
        handset = self.handset()
        assert handset.authenticate().status == 200
        assert handset.token_update().status == 200
        return handset

    def renewal(self, handset: Handset) -> Handset:
        """The same handset with a certificate issued to renew its enrollment."""
        self.made += 1
        certificate = a_certificate(self.made, self.now)
        with self.database.transaction() as tx:
            row = self.current(handset, tx)
            challenge = _challenge(tx, self.school, self.made, self.now)
            _record(tx, certificate, challenge, self.now, renews=row)
        return replace(handset, certificate=certificate, number=self.made)

    def current(self, handset: Handset, tx: Tx) -> Enrollment:
        """The enrollment in force of a handset."""
        rows = tx.query(Enrollment).filter_by(key=handset.udid, ended_at=None, held_reason=None)
        return rows.one()


def _expected(serial: str, school: School, now: datetime) -> Device:
    return Device(serial=serial, school_id=school.id, is_expected=True, created_at=now)


def _challenge(tx: Tx, school: School, number: int, now: datetime) -> Challenge:
    link = EnrollmentLink(
        token_id=f"link-{number}",
        school_id=school.id,
        created_by="system:test",
        created_at=now,
        expires_at=now + timedelta(days=1),
        max_uses=30,
    )
    tx.add(link)
    tx.flush()
    challenge = Challenge(
        digest=bytes([number]) * 32,
        purpose=CertificatePurpose.ENROLL,
        link_id=link.id,
        created_at=now,
        expires_at=now + timedelta(hours=1),
        used_at=now,
    )
    tx.add(challenge)
    tx.flush()
    return challenge


def _record(
    tx: Tx,
    certificate: x509.Certificate,
    challenge: Challenge,
    now: datetime,
    renews: Enrollment | None = None,
) -> None:
    der = certificate.public_bytes(Encoding.DER)
    tx.add(
        IdentityCertificate(
            fingerprint=cms.fingerprint(der),
            authority_id=an_authority(tx, now),
            challenge_id=challenge.id,
            purpose=CertificatePurpose.RENEW if renews else CertificatePurpose.ENROLL,
            enrollment_id=renews.id if renews else None,
            bound_device_id=renews.device_id if renews else None,
            public_key_digest=bytes(32),
            der=der,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            issued_at=now,
        )
    )


@pytest.fixture
def classroom(door: DeviceDoor, database: Database, school: School, now: datetime) -> Classroom:
    return Classroom(door, database, school, now)
