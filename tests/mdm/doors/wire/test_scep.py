"""SCEP over HTTP, with rows: one challenge, one certificate, and the same again when the answer
got lost. Numbers are those of the attack list.
"""

import base64
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from enrollment.scep_challenge import challenge_digest
from enrollment.scep_client import (
    APPLE,
    MDMB,
    SCEPCLIENT,
    ClientHabits,
    SentRequest,
    build_request,
    self_signed,
)
from enrollment.scep_client_reply import IssuedReply, ScepFailed, read_reply
from enrollment.scep_words import FailInfo
from enrollment.standing import CertificatePurpose
from mdm.base.bell import RecordingBell
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors.wire import scep, throttle
from mdm.doors.wire.throttle import MOST_GUESSES, Throttle
from mdm.rooms.devices.models import IdentityCertificate
from mdm.rooms.links.models import Challenge
from tests.factories.authority import authority, server_keys

CHALLENGE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "what the iPad claims")])


@cache
def key(number: int = 1, bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def clock(now: datetime) -> FixedClock:
    return FixedClock(now)


@pytest.fixture
def client(
    database: Database, vault: Vault, settings: Settings, clock: FixedClock, now: datetime
) -> FlaskClient:
    with database.transaction() as tx:
        server_keys(tx, vault, now)
        tx.add(
            Challenge(
                digest=challenge_digest(CHALLENGE),
                purpose=CertificatePurpose.ENROLL,
                created_at=now,
                expires_at=now + timedelta(hours=1),
            )
        )
    app = Flask("test")
    counting = Throttle(clock, settings.trusted_proxies)
    scep.install(app, Tools(settings, database, vault, clock, RecordingBell()), counting)
    return app.test_client()


def request(
    now: datetime,
    challenge: str | None = CHALLENGE,
    *,
    number: int = 1,
    bits: int = 2048,
    transaction: str = "transaction-1",
    habits: ClientHabits = APPLE,
) -> SentRequest:
    own = key(number, bits)
    signing = key(99) if habits.throwaway_signer else own
    return build_request(
        own,
        NAME,
        challenge,
        authority().certificate,
        self_signed(signing, NAME, now=now, serial=1),
        transaction_id=transaction,
        nonce=b"n" * 16,
        habits=habits,
    )


def ask(client: FlaskClient, sent: SentRequest) -> IssuedReply | ScepFailed:
    reply = client.post("/scep?operation=PKIOperation", data=sent.message)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/x-pki-message"
    return read_reply(reply.data, sent, authority().certificate)


def issued(database: Database) -> int:
    with database.reading() as tx:
        return tx.scalar(select(func.count()).select_from(IdentityCertificate)) or 0


def test_capabilities_are_bare_words_without_a_charset(client: FlaskClient) -> None:
    reply = client.get("/scep?operation=GetCACaps&message=")

    assert reply.headers["Content-Type"] == "text/plain"
    assert reply.data.split() == [
        b"AES",
        b"SHA-256",
        b"SHA-512",
        b"POSTPKIOperation",
        b"Renewal",
        b"SCEPStandard",
    ]


@pytest.mark.parametrize("hint", ["", "&message=", "&message=Some%20name"])
def test_the_authority_is_one_certificate_whatever_the_hint(client: FlaskClient, hint: str) -> None:
    reply = client.get(f"/scep?operation=GetCACert{hint}")

    assert reply.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert x509.load_der_x509_certificate(reply.data) == authority().certificate


def test_a_good_challenge_gives_a_certificate_with_our_subject_and_not_the_claimed_one(
    client: FlaskClient, database: Database, now: datetime
) -> None:
    reply = ask(client, request(now))

    assert isinstance(reply, IssuedReply)
    names = reply.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert names[0].value != "what the iPad claims"
    assert issued(database) == 1


def test_45_the_same_request_again_gets_the_same_certificate(
    client: FlaskClient, database: Database, now: datetime
) -> None:
    first, second = ask(client, request(now)), ask(client, request(now))

    assert isinstance(first, IssuedReply)
    assert isinstance(second, IssuedReply)
    assert first.certificate == second.certificate
    assert issued(database) == 1


@pytest.mark.parametrize("challenge", ["", "WRONG" * 6, CHALLENGE.lower(), None])
def test_44_a_wrong_challenge_gets_a_signed_failure_and_no_certificate(
    client: FlaskClient, database: Database, now: datetime, challenge: str | None
) -> None:
    reply = ask(client, request(now, challenge))

    assert isinstance(reply, ScepFailed)
    assert reply.fail_info is FailInfo.BAD_REQUEST
    assert issued(database) == 0


def test_44_a_used_challenge_gives_nothing_to_another_key(
    client: FlaskClient, database: Database, now: datetime
) -> None:
    ask(client, request(now))

    reply = ask(client, request(now, number=2, transaction="transaction-2"))

    assert isinstance(reply, ScepFailed)
    assert issued(database) == 1


def test_44_an_expired_challenge_gives_nothing(
    client: FlaskClient, clock: FixedClock, database: Database, now: datetime
) -> None:
    clock.instant += timedelta(hours=2)

    assert isinstance(ask(client, request(now)), ScepFailed)


def test_a_refused_request_does_not_use_its_challenge_up(
    client: FlaskClient, now: datetime
) -> None:
    ask(client, request(now, bits=1024, number=3))

    assert isinstance(ask(client, request(now)), IssuedReply)


def test_46_a_short_key_is_refused(client: FlaskClient, database: Database, now: datetime) -> None:
    assert isinstance(ask(client, request(now, bits=1024, number=3)), ScepFailed)
    assert issued(database) == 0


@pytest.mark.parametrize("habits", [SCEPCLIENT, MDMB], ids=["scepclient", "mdmb"])
def test_old_clients_are_refused_while_the_legacy_switch_is_off(
    client: FlaskClient, database: Database, now: datetime, habits: ClientHabits
) -> None:
    reply = client.post("/scep?operation=PKIOperation", data=request(now, habits=habits).message)

    assert reply.status_code == 200
    assert issued(database) == 0


@pytest.mark.parametrize("settings", [Settings(scep_legacy=True)])
@pytest.mark.parametrize("habits", [SCEPCLIENT, MDMB], ids=["scepclient", "mdmb"])
def test_old_clients_are_served_with_the_legacy_switch_on(
    client: FlaskClient, now: datetime, habits: ClientHabits
) -> None:
    assert isinstance(ask(client, request(now, habits=habits)), IssuedReply)


@pytest.mark.parametrize("form", ["standard", "spaces", "url-safe", "unpadded", "lines"])
def test_48_a_get_request_is_read_in_every_form_clients_send(
    client: FlaskClient, now: datetime, form: str
) -> None:
    sent = request(now)
    text = base64.b64encode(sent.message).decode()
    text = {
        "standard": text,
        "spaces": text.replace("+", " "),
        "url-safe": base64.urlsafe_b64encode(sent.message).decode(),
        "unpadded": text.rstrip("="),
        "lines": "\n".join(text[at : at + 64] for at in range(0, len(text), 64)),
    }[form]

    reply = client.get(f"/scep?operation=PKIOperation&message={quote(text, safe='')}")

    assert isinstance(read_reply(reply.data, sent, authority().certificate), IssuedReply)


def test_a_repeated_message_in_the_query_of_a_post_is_ignored(
    client: FlaskClient, now: datetime
) -> None:
    sent = request(now)

    reply = client.post("/scep?operation=PKIOperation&message=%00%01", data=sent.message)

    assert isinstance(read_reply(reply.data, sent, authority().certificate), IssuedReply)


@pytest.mark.parametrize(
    "address",
    [
        "/scep",
        "/scep?operation=pkioperation",
        "/scep?operation=GetNextCACert",
        "/scep?operation=PKIOperation&message=!!!",
        "/scep?operation=PKIOperation",
    ],
)
def test_an_unknown_operation_or_an_unreadable_message_is_400(
    client: FlaskClient, address: str
) -> None:
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("size", [70_000, 2_000_000])
def test_48_a_message_that_is_too_large_is_refused(client: FlaskClient, size: int) -> None:
    assert client.post("/scep?operation=PKIOperation", data=b"x" * size).status_code in (400, 413)


def test_truncated_and_foreign_messages_are_400(client: FlaskClient, now: datetime) -> None:
    message = request(now).message

    for body in (b"", b"hello", message[:100], message[: len(message) // 2]):
        assert client.post("/scep?operation=PKIOperation", data=body).status_code == 400


def test_the_challenge_is_stored_as_a_digest_only(
    client: FlaskClient, database: Database, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    ask(client, request(now, "WRONG" * 6))

    assert "WRONGWRONG" not in caplog.text
    with database.reading() as tx:
        assert CHALLENGE.encode() not in tx.scalars(select(Challenge.digest)).one()


def test_the_same_transaction_with_a_new_challenge_is_another_one(
    client: FlaskClient, database: Database, now: datetime
) -> None:
    """Clients name a transaction after their key, and some keep it when they try anew."""
    second = "SECONDSECONDSECONDSECONDSECOND22"
    with database.transaction() as tx:
        expires = now + timedelta(hours=1)
        purpose = CertificatePurpose.ENROLL
        digest = challenge_digest(second)
        tx.add(Challenge(digest=digest, purpose=purpose, created_at=now, expires_at=expires))

    first = ask(client, request(now))
    again = ask(client, request(now, second))

    assert isinstance(first, IssuedReply)
    assert isinstance(again, IssuedReply)
    assert issued(database) == 2


def test_a_message_by_head_issues_nothing(
    client: FlaskClient, database: Database, now: datetime
) -> None:
    message = base64.b64encode(request(now).message).decode()

    answer = client.head("/scep", query_string={"operation": "PKIOperation", "message": message})

    assert answer.status_code == 400
    assert issued(database) == 0


def test_a_fault_of_ours_is_told_without_a_page(
    client: FlaskClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(scep.links_scep, "answer", fail)

    answer = client.post("/scep?operation=PKIOperation", data=request(now).message)

    assert (answer.status_code, answer.data) == (500, b"")


def test_who_guesses_too_often_is_turned_away_and_others_are_not(
    client: FlaskClient, clock: FixedClock, now: datetime
) -> None:
    """50: and after a minute the address is served again."""
    for _ in range(MOST_GUESSES):
        client.get("/scep?operation=Guess")

    turned_away = client.get("/scep?operation=GetCACaps")
    other = client.get("/scep?operation=GetCACaps", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    clock.instant = now + timedelta(minutes=1)
    later = client.get("/scep?operation=GetCACaps")

    assert turned_away.status_code == 429
    assert (other.status_code, later.status_code) == (200, 200)


def test_a_refused_challenge_counts_as_a_guess(
    client: FlaskClient, database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "MOST_GUESSES", 1)

    ask(client, request(now, "WRONG"))

    answer = client.post("/scep?operation=PKIOperation", data=request(now).message)
    assert answer.status_code == 429
    assert issued(database) == 0
