"""SCEP, as far as rows are concerned: from a request to a certificate, in one transaction.

The challenge is spent in the same transaction that stores the certificate, so an iPad whose
answer got lost can ask again and gets the same certificate.
Not here: reading and answering (enrollment.scep_request, scep_reply), the HTTP side.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from sqlalchemy import select

from enrollment.identity import CertifiedKey, IdentityCertificate, IdentitySubject, issue
from enrollment.lifecycle import EnrollmentState
from enrollment.scep_challenge import (
    ChallengeFacts,
    ChallengePurpose,
    Grant,
    IssuedBefore,
    Refused,
    Repeat,
    challenge_digest,
    judge_challenge,
)
from enrollment.scep_renewal import RenewalPolicy, SignerFacts, may_renew
from enrollment.scep_request import ScepRequest
from enrollment.scep_words import FailInfo, MessageType
from enrollment.standing import CertificatePurpose
from mdm.base.db import Tx
from mdm.base.identifiers import new_serial_number
from mdm.base.logkeys import FAIL_INFO, REASON, TRANSACTION_ID
from mdm.base.settings import Settings
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.devices.models import IdentityCertificate as IdentityRow
from mdm.rooms.links.models import Challenge, ScepTransaction

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 10
_RENEWALS = (MessageType.RENEWAL_REQ, MessageType.UPDATE_REQ)


@dataclass(frozen=True, slots=True)
class Issued:
    """The certificate that answers a request, new or the same as before."""

    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class _Ground:
    """On what ground a certificate is issued: a challenge, or the certificate it renews."""

    challenge: Challenge | None = None
    renewed: IdentityRow | None = None


def answer(
    tx: Tx,
    request: ScepRequest,
    authorities: list[tuple[int, CertifiedKey]],
    settings: Settings,
    now: datetime,
) -> Issued | FailInfo:
    """Authorise a well-made request and issue, repeat, or refuse."""
    ground = _ground(tx, request)
    verdict = _judge(tx, request, ground, authorities, now)
    if isinstance(verdict, Refused):
        _note(request, verdict, ground)
        return verdict.fail_info
    if isinstance(verdict, Repeat):
        row = tx.get_one(IdentityRow, int(verdict.certificate_id))
        return Issued(x509.load_der_x509_certificate(row.der))
    return Issued(_issue(tx, request, ground, verdict, authorities, settings, now))


def _ground(tx: Tx, request: ScepRequest) -> _Ground:
    if request.message_type in _RENEWALS:
        signer = IdentityCertificate.of(request.signer).fingerprint
        # Locked as a challenge is: one renewal is all a certificate gets.
        own = select(IdentityRow).where(IdentityRow.fingerprint == signer).with_for_update()
        return _Ground(renewed=tx.scalar(own))
    if request.challenge is None:
        return _Ground()
    digest = challenge_digest(request.challenge)
    # Locked, so that two requests with one challenge cannot both have a certificate.
    query = select(Challenge).where(Challenge.digest == digest).with_for_update()
    return _Ground(challenge=tx.scalar(query))


def _judge(
    tx: Tx,
    request: ScepRequest,
    ground: _Ground,
    authorities: list[tuple[int, CertifiedKey]],
    now: datetime,
) -> Grant | Repeat | Refused:
    if request.message_type in _RENEWALS:
        facts = _signer_facts(tx, request, ground.renewed, authorities)
        return may_renew(facts, request, now, RenewalPolicy())
    return judge_challenge(_challenge_facts(tx, ground.challenge), request, now)


def _challenge_facts(tx: Tx, challenge: Challenge | None) -> ChallengeFacts | None:
    if challenge is None:
        return None
    done = tx.scalar(
        select(ScepTransaction)
        .where(ScepTransaction.challenge_id == challenge.id)
        .order_by(ScepTransaction.id)
        .limit(1)
    )
    return ChallengeFacts(
        purpose=ChallengePurpose(challenge.purpose.value),
        expires_at=challenge.expires_at,
        issued=_issued_before(done),
        attempts=challenge.attempts,
        most_attempts=MOST_ATTEMPTS,
    )


def _signer_facts(
    tx: Tx,
    request: ScepRequest,
    row: IdentityRow | None,
    authorities: list[tuple[int, CertifiedKey]],
) -> SignerFacts:
    identity = IdentityCertificate.of(request.signer)
    enrollment = tx.get(Enrollment, row.enrollment_id) if row and row.enrollment_id else None
    return SignerFacts(
        # We keep every certificate we issued, byte for byte; the row is the proof.
        issued_by_us=_is_identity(row) and bool(authorities),
        is_revoked=row is not None and row.revoked_at is not None,
        enrollment_retired=not _is_in_force(enrollment),
        not_after=identity.not_after,
        public_key_digest=identity.public_key_digest,
        successor=_successor(tx, row),
    )


def _is_identity(row: IdentityRow | None) -> bool:
    """Whether we issued it to speak for a device: one for the WLAN must never become such one."""
    return row is not None and row.purpose is not CertificatePurpose.NETWORK


def _is_in_force(enrollment: Enrollment | None) -> bool:
    return (
        enrollment is not None
        and enrollment.ended_at is None
        and enrollment.held_reason is None
        and enrollment.state is EnrollmentState.ENROLLED
    )


def _successor(tx: Tx, row: IdentityRow | None) -> IssuedBefore | None:
    if row is None or row.enrollment_id is None:
        return None
    done = tx.scalar(
        select(ScepTransaction)
        .join(IdentityRow, IdentityRow.id == ScepTransaction.certificate_id)
        .where(
            ScepTransaction.challenge_id.is_(None),
            IdentityRow.enrollment_id == row.enrollment_id,
            IdentityRow.id > row.id,
        )
        .order_by(ScepTransaction.id)
        .limit(1)
    )
    return _issued_before(done)


def _issued_before(done: ScepTransaction | None) -> IssuedBefore | None:
    if done is None:
        return None
    return IssuedBefore(done.transaction_id, done.public_key_digest, str(done.certificate_id))


def _issue(
    tx: Tx,
    request: ScepRequest,
    ground: _Ground,
    grant: Grant,
    authorities: list[tuple[int, CertifiedKey]],
    settings: Settings,
    now: datetime,
) -> x509.Certificate:
    authority_id, authority = authorities[0]
    key = load_der_public_key(request.public_key)
    serial_number = new_serial_number()
    certificate = issue(
        key,  # type: ignore[arg-type]
        IdentitySubject(f"{serial_number:032X}", settings.organization),
        authority,
        now,
        serial_number,
        timedelta(days=settings.identity_days),
    )
    row = _certificate_row(certificate, ground, grant, authority_id, now)
    tx.add(row)
    tx.flush()
    tx.add(
        ScepTransaction(
            transaction_id=request.transaction_id,
            public_key_digest=request.public_key_digest,
            challenge_id=ground.challenge.id if ground.challenge is not None else None,
            certificate_id=row.id,
            created_at=now,
        )
    )
    if ground.challenge is not None:
        ground.challenge.used_at = now
    return certificate


def _certificate_row(
    certificate: x509.Certificate,
    ground: _Ground,
    grant: Grant,
    authority_id: int,
    now: datetime,
) -> IdentityRow:
    identity = IdentityCertificate.of(certificate)
    source = ground.challenge
    enrollment_id = source.enrollment_id if source else None
    device_id = source.device_id if source else None
    if ground.renewed is not None:
        enrollment_id = ground.renewed.enrollment_id
        device_id = ground.renewed.bound_device_id
    return IdentityRow(
        fingerprint=identity.fingerprint,
        authority_id=authority_id,
        challenge_id=source.id if source is not None else None,
        purpose=CertificatePurpose(grant.purpose.value),
        bound_device_id=device_id,
        enrollment_id=enrollment_id,
        public_key_digest=identity.public_key_digest,
        der=certificate.public_bytes(Encoding.DER),
        not_before=identity.not_before,
        not_after=identity.not_after,
        issued_at=now,
    )


def _note(request: ScepRequest, refused: Refused, ground: _Ground) -> None:
    if ground.challenge is not None:
        ground.challenge.attempts += 1
    log.warning(
        "scep_refused",
        extra={
            TRANSACTION_ID: request.transaction_id[:64],
            REASON: refused.reason.value,
            FAIL_INFO: refused.fail_info.name,
        },
    )
