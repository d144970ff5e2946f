"""Addresses that nobody can guess, from which one device fetches one version of a profile.

A declaration names a version ("profile-version:UUID"). It is stored so, which lets all devices
share it and keeps addresses out of what is stored in clear; a device's own address is put in when
it asks. An address is good while the enrollment is, and while its channel's sets name the version.
Not here: the profile's bytes (mdm.rooms.commands.rendering), the door.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from enrollment.standing import EnrollmentState
from mdm.base.db import Tx
from mdm.base.identifiers import new_secret
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.blueprints.models import ProfileVersion
from mdm.rooms.declarations import contents
from mdm.rooms.declarations.errors import NoSuchVersion
from mdm.rooms.declarations.models import DeclarationChannel, DeclarationSnapshot, ProfileAddress
from mdm.rooms.devices.models import Device, Enrollment
from profiles.declarations.declaration import Declaration

PREFIX = "profile-version:"
PATH = "/declared/profile/"
_KEY = "ProfileURL"
_KEYED = b'"ProfileURL":'
_NAMED = _KEYED + b'"profile-version:'


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who may fetch what by an address."""

    address: ProfileAddress
    enrollment: Enrollment
    device: Device
    version: ProfileVersion


def versions_in(declarations: Iterable[Declaration]) -> frozenset[str]:
    """The UUIDs of the profile versions that declarations name."""
    named = (declaration.payload.get(_KEY) for declaration in declarations)
    return frozenset(
        value.removeprefix(PREFIX)
        for value in named
        if isinstance(value, str) and value.startswith(PREFIX)
    )


def ensure(tx: Tx, vault: Vault, enrollment_id: int, uuids: Iterable[str], now: datetime) -> None:
    """Give an enrollment an address for each of these versions, if it has none.

    raises: NoSuchVersion.
    """
    wanted = sorted(uuids)
    if not wanted:
        return
    # A version that was restored has the same content, and so the same UUID, as the older one.
    newest = (
        select(ProfileVersion.uuid, func.max(ProfileVersion.id))
        .where(ProfileVersion.uuid.in_(wanted))
        .group_by(ProfileVersion.uuid)
    )
    versions: dict[str, int] = {row[0]: row[1] for row in tx.execute(newest)}
    present = set(
        tx.scalars(
            select(ProfileAddress.profile_version_id).where(
                ProfileAddress.enrollment_id == enrollment_id
            )
        )
    )
    for uuid in wanted:
        if uuid not in versions:
            raise NoSuchVersion(uuid)
        if versions[uuid] not in present:
            tx.add(_new(vault, enrollment_id, versions[uuid], now))
    tx.flush()


def filled_in(tx: Tx, vault: Vault, settings: Settings, enrollment_id: int, body: bytes) -> bytes:
    """Put a device's own addresses into a declaration that names versions.

    raises: NoSuchVersion, when there is no address for it.
    """
    if not names_a_version(body):
        return body
    for uuid, secret in _secrets(tx, vault, enrollment_id).items():
        address = json.dumps(f"{settings.public_url.rstrip('/')}{PATH}{secret}").encode()
        body = body.replace(_NAMED + uuid.encode() + b'"', _KEYED + address)
    if names_a_version(body):
        raise NoSuchVersion(body.partition(_NAMED)[2][:36].decode(errors="replace"))
    return body


def names_a_version(body: bytes) -> bool:
    """Whether a declaration still needs an address. No text inside one can look like it, for its
    quotation marks would be escaped.
    """
    return _NAMED in body


def find(tx: Tx, secret: str) -> Addressed | None:
    """Find who may fetch what; None when the address is unknown or good no longer."""
    digest = _digest(secret)
    row = tx.execute(
        select(ProfileAddress, Enrollment, Device, ProfileVersion)
        .join(Enrollment, Enrollment.id == ProfileAddress.enrollment_id)
        .join(Device, Device.id == Enrollment.device_id)
        .join(ProfileVersion, ProfileVersion.id == ProfileAddress.profile_version_id)
        .where(
            ProfileAddress.secret_digest == digest,
            Enrollment.ended_at.is_(None),
            Enrollment.held_reason.is_(None),
            Enrollment.state == EnrollmentState.ENROLLED,
        )
    ).first()
    if row is None or not hmac.compare_digest(row[0].secret_digest, digest):
        return None
    found = Addressed(*row)
    return found if _is_named(tx, found.enrollment.id, found.version.uuid) else None


def _is_named(tx: Tx, enrollment_id: int, uuid: str) -> bool:
    """Whether what a channel is told now, or was told before, names a version."""
    told = select(
        DeclarationSnapshot.token, DeclarationSnapshot.compressed, DeclarationSnapshot.empty_because
    ).join(
        DeclarationChannel,
        or_(
            DeclarationSnapshot.id == DeclarationChannel.snapshot_id,
            DeclarationSnapshot.id == DeclarationChannel.previous_snapshot_id,
        ),
    )
    rows = tx.execute(told.where(DeclarationChannel.enrollment_id == enrollment_id))
    return any(uuid in versions_in(contents.stored(*row).declarations) for row in rows)


def _new(vault: Vault, enrollment_id: int, version_id: int, now: datetime) -> ProfileAddress:
    secret = new_secret()
    return ProfileAddress(
        enrollment_id=enrollment_id,
        profile_version_id=version_id,
        secret_digest=_digest(secret),
        sealed_secret=vault.seal(secret.encode(), _context(enrollment_id, version_id)),
        created_at=now,
    )


def _secrets(tx: Tx, vault: Vault, enrollment_id: int) -> Mapping[str, str]:
    rows = tx.execute(
        select(ProfileVersion.uuid, ProfileAddress.profile_version_id, ProfileAddress.sealed_secret)
        .join(ProfileVersion, ProfileVersion.id == ProfileAddress.profile_version_id)
        .where(ProfileAddress.enrollment_id == enrollment_id)
        # Of two with one UUID the newer one stays.
        .order_by(ProfileAddress.profile_version_id)
    )
    return {
        uuid: vault.open(sealed, _context(enrollment_id, number)).decode()
        for uuid, number, sealed in rows
    }


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _context(enrollment_id: int, version_id: int) -> str:
    return f"profile_address.secret:{enrollment_id}:{version_id}"
