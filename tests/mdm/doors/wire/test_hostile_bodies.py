"""Bodies that no honest iPad sends, signed correctly: refused with 400, nothing changed, and
the door answers the next good request. Numbers are those of the attack list.
"""

import base64
import logging
import plistlib
import random
from io import BytesIO

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database
from mdm.doors.wire.answer import EMPTY
from mdm.doors.wire.body import MAX_DEVICE_BODY
from mdm.doors.wire.door import DeviceDoor
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.devices.models import Enrollment
from profiles import plist
from tests.mdm.doors.wire.conftest import Classroom, Handset, send

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
DOCTYPE = (
    b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
    b'"http://www.apple.com/DTDs/PropertyList-1.0.dtd">'
)


def document(inside: bytes, prolog: bytes = HEAD) -> bytes:
    return prolog + b'<plist version="1.0"><dict>' + inside + b"</dict></plist>"


def pair(key: str, value: bytes) -> bytes:
    return b"<key>" + key.encode() + b"</key>" + value


IDLE = pair("Status", b"<string>Idle</string>") + pair("UDID", b"<string>UDID-0001</string>")
LAUGHS = (
    b"<!DOCTYPE plist [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(8))
    + b"]>"
)

HOSTILE = {
    "5 billion laughs": document(IDLE + pair("x", b"<string>&i;</string>"), HEAD + LAUGHS),
    "6 entity to a file": document(
        IDLE + pair("x", b"<string>&f;</string>"),
        HEAD + b'<!DOCTYPE plist [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
    ),
    "6 entity to an address": document(
        IDLE + pair("x", b"<string>&f;</string>"),
        HEAD + b'<!DOCTYPE plist [<!ENTITY f SYSTEM "http://127.0.0.1:9/x">]>',
    ),
    "7 parameter entity": document(
        IDLE, HEAD + b'<!DOCTYPE plist [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>'
    ),
    "9 nested arrays": document(IDLE + pair("x", b"<array>" * 100_000 + b"</array>" * 100_000)),
    "10 nested dicts": document(
        IDLE + pair("x", b"<dict><key>a</key>" * 50_000 + b"<true/>" + b"</dict>" * 50_000)
    ),
    "11 huge key": document(IDLE + b"<key>" + b"k" * 1_000_000 + b"</key><true/>"),
    "12 integer of 5000 digits": document(IDLE + pair("x", b"<integer>" + b"9" * 5000)),
    "12 integer of 400 digits": document(
        IDLE + pair("x", b"<integer>" + b"9" * 400 + b"</integer>")
    ),
    "13 nan": document(IDLE + pair("x", b"<real>nan</real>")),
    "13 empty integer": document(IDLE + pair("x", b"<integer></integer>")),
    "14 bad date": document(IDLE + pair("x", b"<date>yesterday</date>")),
    "14 month thirteen": document(IDLE + pair("x", b"<date>2026-13-01T00:00:00Z</date>")),
    "14 year zero": document(IDLE + pair("x", b"<date>0000-01-01T00:00:00Z</date>")),
    "15 bad base64": document(IDLE + pair("x", b"<data>!!!</data>")),
    "16 key without value": document(IDLE + b"<key>x</key>"),
    "16 value without key": document(IDLE + b"<true/>"),
    "16 duplicate key": document(IDLE + pair("Status", b"<string>Idle</string>")),
    "17 top-level string": HEAD + b"<plist version='1.0'><string>x</string></plist>",
    "17 top-level array": HEAD + b"<plist version='1.0'><array/></plist>",
    "17 unknown element": document(IDLE + pair("x", b"<set/>")),
    "18 NUL": document(IDLE + pair("x", b"<string>\0</string>")),
    "18 invalid UTF-8": document(IDLE + pair("x", b"<string>\xff\xfe</string>")),
    "18 UTF-16": document(IDLE, b"").decode().encode("utf-16"),
    "18 UTF-7": document(IDLE, b'<?xml version="1.0" encoding="UTF-7"?>'),
    "19 two roots": document(IDLE) + document(IDLE),
    "20 binary": plistlib.dumps({"Status": "Idle", "UDID": "x"}, fmt=plistlib.FMT_BINARY),
    "20 binary garbage": b"bplist00" + bytes(range(256)),
    "23 empty UDID": document(
        pair("Status", b"<string>Idle</string>") + pair("UDID", b"<string/>")
    ),
    "23 two identities": document(IDLE + pair("EnrollmentID", b"<string>E</string>")),
    "22 endless UDID": document(
        pair("Status", b"<string>Idle</string>") + pair("UDID", b"<string>" + b"u" * 10_000)
    ),
    "22 right-to-left UDID": document(
        pair("Status", b"<string>Idle</string>")
        + pair("UDID", "<string>abc\u202edef</string>".encode())
    ),
    "unknown Status": document(
        pair("Status", b"<string>Maybe</string>") + pair("UDID", b"<string>UDID-0001</string>")
    ),
    "a result without its command": document(
        pair("Status", b"<string>Acknowledged</string>")
        + pair("UDID", b"<string>UDID-0001</string>")
    ),
    "neither kind of message": document(pair("UDID", b"<string>UDID-0001</string>")),
    "unknown MessageType": document(
        pair("MessageType", b"<string>Hello</string>") + pair("UDID", b"<string>UDID-0001</string>")
    ),
    "empty": b"",
    "no plist at all": b"hello",
}


@pytest.fixture
def handset(classroom: Classroom) -> Handset:
    return classroom.enrolled()


def _trace(database: Database) -> tuple[int, int]:
    with database.reading() as tx:
        enrollments = tx.scalar(select(func.count()).select_from(Enrollment)) or 0
        entries = tx.scalar(select(func.count()).select_from(AuditEntry)) or 0
    return enrollments, entries


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused_and_changes_nothing(
    handset: Handset, database: Database, name: str
) -> None:
    before = _trace(database)

    answer = handset.send(HOSTILE[name])

    assert answer.status == 400
    assert answer.body == b""
    assert _trace(database) == before
    assert handset.idle() == EMPTY


def test_apples_own_doctype_is_normal(handset: Handset) -> None:
    assert handset.send(document(IDLE, HEAD + DOCTYPE)) == EMPTY


def test_a_body_cut_anywhere_is_refused(handset: Handset) -> None:
    whole = plist.write(
        {"MessageType": "TokenUpdate", "UDID": handset.udid, "Token": b"t" * 32, "PushMagic": "m"}
    )

    statuses = {handset.send(whole[:end]).status for end in range(0, len(whole) - 20, 97)}

    assert statuses == {400}


def test_mutated_messages_are_answered_with_200_or_400_and_never_otherwise(
    handset: Handset,
) -> None:
    chance = random.Random(20260914)
    whole = plist.write({"Status": "Idle", "UDID": handset.udid, "n": 1, "d": b"abc"})

    statuses = set()
    for _ in range(150):
        body = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        statuses.add(handset.send(bytes(body)).status)

    assert statuses <= {200, 400}


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(door: DeviceDoor) -> None:
    class Unreadable(BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

    answer = door.handle({"CONTENT_LENGTH": str(100 * 1024 * 1024), "wsgi.input": Unreadable()})

    assert answer.status == 413


def test_an_endless_body_without_a_length_is_cut_at_the_cap(door: DeviceDoor) -> None:
    read: list[int] = []

    class Endless(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert size >= 0
            read.append(size)
            return b"x" * size

    answer = door.handle({"wsgi.input": Endless()})

    assert answer.status == 413
    assert sum(read) <= MAX_DEVICE_BODY + 1


def test_a_compressed_body_is_refused_by_its_name(door: DeviceDoor) -> None:
    answer = send(door, b"\x1f\x8b", HTTP_CONTENT_ENCODING="gzip")

    assert answer.status == 415


def test_a_refusal_is_logged_with_a_reference_and_without_the_body(
    handset: Handset, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    secret = base64.b64encode(b"unlock token").decode()

    handset.send(document(IDLE + pair("UnlockToken", f"<data>{secret}!</data>".encode())))

    (record,) = [r for r in caplog.records if r.message == "device_refused"]
    assert len(vars(record)["reference"]) == 8
    assert secret not in caplog.text
    assert secret not in str(vars(record))


def test_a_length_of_thousands_of_digits_is_refused_before_reading(door: DeviceDoor) -> None:
    assert send(door, b"", CONTENT_LENGTH="9" * 5000).status == 413


def test_a_body_that_ends_before_its_length_is_refused(door: DeviceDoor) -> None:
    assert send(door, b"<plist>", CONTENT_LENGTH="20").status == 400
