"""Invitations: links for class sets, and the one-time challenges behind them.

A link is no identity: it says where somebody may knock, and the serial number decides whether
a person must look first. Alone in writing tables `enrollment_link` and `challenge`.
Not here: the token's form (enrollment.link), SCEP (scep.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from enrollment.errors import LinkRefusal, LinkRefused
from enrollment.link import EnrollmentLink as LinkPromise
from enrollment.link import check_use, read_link, sign_link
from enrollment.scep_challenge import challenge_digest, new_challenge
from enrollment.standing import CertificatePurpose
from mdm.base.db import Tx, alone_from_here
from mdm.base.errors import InvalidInput, NotFound
from mdm.base.identifiers import new_secret, random_bytes
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.devices import standing
from mdm.rooms.devices.models import Device, Enrollment, IdentityCertificate
from mdm.rooms.devices.service import Invitation
from mdm.rooms.devices.standing import Speaker
from mdm.rooms.links.models import Challenge, EnrollmentLink
from mdm.rooms.schools.models import ClassGroup, School

MOST_USES = 2000
LONGEST_LINK = timedelta(days=30)
# A renewal waits for a tablet that may lie in a cupboard all summer.
RENEWAL_CHALLENGE_LIFETIME = timedelta(days=90)
# Used while the profile that carries it is being installed, which is now or not at all.
NETWORK_CHALLENGE_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A fresh link: its row's number, and the address that is shown once and can be shown again."""

    id: int
    url: str


def create_link(
    tx: Tx,
    vault: Vault,
    settings: Settings,
    school: School,
    group: ClassGroup | None,
    actor: Actor,
    now: datetime,
    *,
    max_uses: int = 30,
    lifetime: timedelta | None = None,
) -> NewLink:
    """Make a link that lets up to `max_uses` iPads of a school or class knock.

    raises: InvalidInput (uses or lifetime out of range, class of another school).
    """
    lifetime = lifetime or timedelta(hours=settings.link_hours)
    if not 1 <= max_uses <= MOST_USES:
        raise InvalidInput("uses", f"say a number from 1 to {MOST_USES}")
    if not timedelta(0) < lifetime <= LONGEST_LINK:
        raise InvalidInput("lifetime", f"a link lives at most {LONGEST_LINK.days} days")
    if group is not None and group.school_id != school.id:
        raise InvalidInput("class", "this class belongs to another school")
    row = EnrollmentLink(
        token_id=new_secret(),
        school_id=school.id,
        class_group_id=group.id if group is not None else None,
        created_by=actor.name,
        created_at=now,
        expires_at=now + lifetime,
        max_uses=max_uses,
    )
    tx.add(row)
    tx.flush()
    details = {"uses": max_uses, "expires_at": row.expires_at.isoformat()}
    subject = Subject.of("enrollment_link", row.id)
    audit.record(tx, actor, "link.create", subject, now, school_id=school.id, details=details)
    return NewLink(row.id, link_url(tx, vault, settings, row))


def link_url(tx: Tx, vault: Vault, settings: Settings, row: EnrollmentLink) -> str:
    """The address of a link; made from the row, so that it need not be stored."""
    school = tx.get_one(School, row.school_id)
    group = tx.get(ClassGroup, row.class_group_id) if row.class_group_id else None
    promise = LinkPromise(
        link_id=row.token_id,
        host=settings.public_host,
        school=school.number,
        class_name=group.name if group is not None else None,
        issued_at=row.created_at,
        expires_at=row.expires_at,
    )
    token = sign_link(promise, _link_key(vault))
    return f"{settings.public_url.rstrip('/')}/enroll/{token}"


def revoke_link(tx: Tx, link_id: int, actor: Actor, now: datetime) -> None:
    """End a link before its time. raises: NotFound."""
    row = tx.get(EnrollmentLink, link_id, with_for_update=True)
    if row is None:
        raise NotFound("enrolment link", str(link_id))
    row.revoked_at = row.revoked_at or now
    subject = Subject.of("enrollment_link", row.id)
    audit.record(tx, actor, "link.revoke", subject, now, school_id=row.school_id)


def open_link(
    tx: Tx, vault: Vault, settings: Settings, token: str, now: datetime
) -> EnrollmentLink:
    """Find the link of a token, if it still admits.

    raises: LinkRefused (forged, expired, revoked, used up, made for another host).
    """
    promise = read_link(token, _link_key(vault), settings.public_host, now)
    row = tx.scalar(select(EnrollmentLink).where(EnrollmentLink.token_id == promise.link_id))
    if row is None:
        raise LinkRefused(LinkRefusal.FORGED)
    check_use(row.uses, row.max_uses, revoked=row.revoked_at is not None)
    return row


def use_link(
    tx: Tx, vault: Vault, settings: Settings, token: str, now: datetime
) -> tuple[EnrollmentLink, str]:
    """Use a link once; returns it and a one-time challenge for one iPad.

    raises: LinkRefused. Two iPads at once cannot both have the last use.
    """
    row = open_link(tx, vault, settings, token, now)
    counted = tx.scalar(
        update(EnrollmentLink)
        .where(
            EnrollmentLink.id == row.id,
            EnrollmentLink.uses < EnrollmentLink.max_uses,
            EnrollmentLink.revoked_at.is_(None),
        )
        .values(uses=EnrollmentLink.uses + 1)
        .returning(EnrollmentLink.id)
    )
    if counted is None:
        raise LinkRefused(LinkRefusal.USED_UP)
    lifetime = timedelta(minutes=settings.challenge_minutes)
    challenge = _new_challenge(tx, CertificatePurpose.ENROLL, now + lifetime, now, link=row)
    return row, challenge


def device_challenge(tx: Tx, device: Device, link: EnrollmentLink, now: datetime) -> str:
    """A challenge for one known device, say for a profile that is put on it by hand."""
    return _new_challenge(
        tx, CertificatePurpose.ENROLL, link.expires_at, now, link=link, device=device
    )


def renewal_challenge(tx: Tx, enrollment: Enrollment, now: datetime) -> str:
    """A challenge by which one enrollment renews its certificate."""
    device = tx.get_one(Device, enrollment.device_id)
    expires = now + RENEWAL_CHALLENGE_LIFETIME
    return _new_challenge(
        tx, CertificatePurpose.RENEW, expires, now, device=device, enrollment=enrollment
    )


def network_challenge(tx: Tx, enrollment: Enrollment, now: datetime) -> str:
    """A challenge for the certificate that opens a WLAN to one device. What it leads to is never
    accepted as the device's identity, nor renewed into one.
    """
    device = tx.get_one(Device, enrollment.device_id)
    expires = now + NETWORK_CHALLENGE_LIFETIME
    return _new_challenge(
        tx, CertificatePurpose.NETWORK, expires, now, device=device, enrollment=enrollment
    )


def introduction(
    tx: Tx, fingerprint: bytes, device_key: str, serial: str | None
) -> tuple[Speaker, Invitation | None] | None:
    """Find the certificate that speaks, and the link it came from; hold the device it speaks
    for (standing.hold), in the same statement.

    returns: None when we never issued it.
    """
    holding = alone_from_here(tx, standing.names_of(device_key, serial))
    found = tx.execute(
        standing.speakers(fingerprint)
        .add_columns(EnrollmentLink.id, EnrollmentLink.school_id, EnrollmentLink.class_group_id)
        .add_columns(holding)
        .outerjoin(Challenge, Challenge.id == IdentityCertificate.challenge_id)
        .outerjoin(EnrollmentLink, EnrollmentLink.id == Challenge.link_id)
    ).first()
    if found is None:
        return None
    certificate, device, enrollment, link_id, school_id, class_group_id, _ = found
    speaker = standing.speaker_in(tx, certificate, device, enrollment)
    if link_id is None:
        return speaker, None
    return speaker, Invitation(link_id, school_id, class_group_id)


def end_open_challenges(tx: Tx, enrollment: Enrollment, now: datetime) -> None:
    """After a certificate was used, other open renewals of its enrollment are worth nothing."""
    tx.execute(
        update(Challenge)
        .where(
            Challenge.enrollment_id == enrollment.id,
            Challenge.purpose == CertificatePurpose.RENEW,
            Challenge.used_at.is_(None),
            Challenge.expires_at > now,
        )
        .values(expires_at=now)
    )


def _new_challenge(
    tx: Tx,
    purpose: CertificatePurpose,
    expires_at: datetime,
    now: datetime,
    *,
    link: EnrollmentLink | None = None,
    device: Device | None = None,
    enrollment: Enrollment | None = None,
) -> str:
    challenge = new_challenge(random_bytes(20))
    tx.add(
        Challenge(
            digest=challenge_digest(challenge),
            purpose=purpose,
            link_id=link.id if link is not None else None,
            device_id=device.id if device is not None else None,
            enrollment_id=enrollment.id if enrollment is not None else None,
            created_at=now,
            expires_at=expires_at,
        )
    )
    tx.flush()
    return challenge


def _link_key(vault: Vault) -> bytes:
    return vault.derive("enrollment-link")
