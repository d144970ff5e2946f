"""A certificate for the WLAN opens the WLAN. It never becomes the identity of an iPad."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from sqlalchemy import select

from enrollment.errors import CertificateRefusal
from enrollment.identifiers import Channel, ChannelKind, EnrollmentKey
from enrollment.lifecycle import Refused
from enrollment.scep_challenge import RefusalReason
from enrollment.scep_request import ScepRequest
from enrollment.scep_words import FailInfo, MessageType
from enrollment.standing import CertificatePurpose
from mdm.base.db import Database, Tx
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.devices import service as devices
from mdm.rooms.devices import standing
from mdm.rooms.devices.models import Enrollment, IdentityCertificate
from mdm.rooms.links import scep
from mdm.rooms.links import service as links
from mdm.rooms.links.scep import Issued
from tests.factories import scep as requests
from tests.factories.authority import authority, server_keys
from tests.factories.devices import an_ipad

SETTINGS = Settings()


@dataclass
class Network:
    """An enrolled iPad that has fetched a certificate for the WLAN."""

    enrollment: Enrollment
    request: ScepRequest
    certificate: x509.Certificate
    row: IdentityCertificate


@pytest.fixture
def network(database: Database, vault: Vault, now: datetime) -> Network:
    with database.transaction() as tx:
        server_keys(tx, vault)
        enrollment = an_ipad(tx)
        challenge = links.network_challenge(tx, enrollment, now)
        request = requests.accepted(requests.sent(challenge=challenge).message)
        issued = answer(tx, request, now)
        assert isinstance(issued, Issued)
        row = tx.scalars(select(IdentityCertificate)).one()
    return Network(enrollment, request, issued.certificate, row)


def answer(tx: Tx, request: ScepRequest, now: datetime) -> Issued | FailInfo:
    return scep.answer(tx, request, [(1, authority())], SETTINGS, now)


def test_it_is_marked_and_pinned_to_nothing(network: Network) -> None:
    assert network.row.purpose is CertificatePurpose.NETWORK
    assert network.row.bound_device_id == network.enrollment.device_id
    assert network.row.pinned_at is None


def test_it_does_not_speak_for_its_own_ipad(
    database: Database, vault: Vault, now: datetime, network: Network
) -> None:
    key = EnrollmentKey(network.enrollment.key)
    channel = Channel(ChannelKind.DEVICE, key, key)

    with database.transaction() as tx:
        speaker = standing.speaker(tx, network.row.fingerprint)
        applied = devices.apply_contact(tx, vault, channel, speaker, now)

    assert applied.outcome == Refused(CertificateRefusal.NOT_FOR_MANAGEMENT)


def test_it_is_never_renewed_into_an_identity(
    database: Database, now: datetime, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    renewal = replace(
        network.request,
        message_type=MessageType.RENEWAL_REQ,
        signer=network.certificate,
        challenge=None,
        conversation=replace(network.request.conversation, transaction_id="another"),
    )
    shortly_before_its_end = network.row.not_after - timedelta(days=2)

    with database.transaction() as tx:
        refused = answer(tx, renewal, shortly_before_its_end)

    assert refused is FailInfo.BAD_CERT_ID
    (record,) = [r for r in caplog.records if r.msg == "scep_refused"]
    assert record.__dict__["reason"] == RefusalReason.NOT_OURS.value


def test_a_renewal_of_the_identity_leaves_its_challenge_alone(
    database: Database, now: datetime, network: Network
) -> None:
    with database.transaction() as tx:
        challenge = links.network_challenge(tx, network.enrollment, now)

        links.end_open_challenges(tx, network.enrollment, now)

        sent = requests.sent(challenge=challenge, owner="other", transaction_id="another")
        assert isinstance(answer(tx, requests.accepted(sent.message), now), Issued)
