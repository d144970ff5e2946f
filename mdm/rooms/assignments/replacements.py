"""Another version of a profile for everybody who has it, ring by ring.

Rules name a profile and not its version, so a new version reaches whoever has the profile. Here:
deciding that, and what becomes of it when its roll-out is over. Alone in writing table
`profile_replacement`. Not here: saving versions (mdm.rooms.blueprints.service), which version a
device has while roll-outs are open (policies.assignment.version_for).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select

from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.rooms.assignments.models import Assignment, ProfileReplacement
from mdm.rooms.assignments.targets import inside, target_of
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.blueprints.blueprint_queries import settings_of
from mdm.rooms.blueprints.models import BlueprintVersion, Profile, ProfileVersion
from mdm.rooms.blueprints.service import Saved, put_in_force
from policies.blueprint import ProfileSetting


def prefer(tx: Tx, saved: Saved, now: datetime) -> None:
    """Let a saved version of a profile that nobody has be the one that is given from now on.

    What was on its way ring by ring is superseded.
    """
    _supersede(_under_way(tx, saved.profile.id), now)
    put_in_force(tx, saved.profile, saved.version)


def replace_profile_version(
    tx: Tx,
    profile_id: int,
    before: int,
    after: int,
    actor: Actor,
    now: datetime,
    *,
    rollout_id: int,
) -> ProfileReplacement:
    """Let an open roll-out bring another version of a profile to everybody who has it.

    before, after: numbers of rows of versions; before must be the one decided last.
    raises: NotFound, Conflict (another version was decided meanwhile), InvalidInput (the profile
        is out of use).
    """
    profile = tx.get(Profile, profile_id, with_for_update=True)
    version = tx.get(ProfileVersion, after)
    if profile is None or version is None or version.profile_id != profile_id:
        raise NotFound("version of the profile", str(after))
    if profile.retired_at is not None:
        raise InvalidInput("profile", "is no longer in use", "Choose another one.")
    if decided_version(tx, profile).id != before:
        raise Conflict(f"another version of {profile.name} has been decided meanwhile")
    row = ProfileReplacement(
        profile_id=profile_id, version_id=after, rollout_id=rollout_id, created_at=now
    )
    tx.add(row)
    tx.flush()
    _record(tx, profile, version, rollout_id, actor, now)
    return row


def decided_version(tx: Tx, profile: Profile) -> ProfileVersion:
    """The version that everybody who has a profile will have when all roll-outs are through."""
    under_way = _under_way(tx, profile.id)
    if under_way:
        return tx.get_one(ProfileVersion, under_way[-1].version_id)
    return tx.scalars(
        select(ProfileVersion).where(
            ProfileVersion.profile_id == profile.id,
            ProfileVersion.version == profile.current_version,
        )
    ).one()


def having(tx: Tx, profile_id: int) -> Sequence[Assignment]:
    """The rules in force that give a profile in its newest version, by themselves or by a
    blueprint."""
    in_force = select(Assignment.blueprint_version_id).where(Assignment.ended_at.is_(None))
    versions = tx.scalars(select(BlueprintVersion).where(BlueprintVersion.id.in_(in_force)))
    naming = [version.id for version in versions if _names(version, profile_id)]
    query = select(Assignment).where(
        (Assignment.profile_id == profile_id) | Assignment.blueprint_version_id.in_(naming),
        Assignment.ended_at.is_(None),
    )
    return tx.scalars(query).all()


def brought_by(tx: Tx, rollout_id: int) -> Sequence[ProfileReplacement]:
    """The versions that an open roll-out brings and nothing has superseded, locked."""
    return tx.scalars(
        select(ProfileReplacement)
        .where(ProfileReplacement.rollout_id == rollout_id, ProfileReplacement.ended_at.is_(None))
        .order_by(ProfileReplacement.id)
        .with_for_update()
    ).all()


def concerned_by(tx: Tx, rows: Iterable[ProfileReplacement]) -> list[ColumnElement[bool]]:
    """Whom versions on their way concern, as conditions on Device."""
    return [scope for row in rows for scope in _concerned(tx, row.profile_id)]


def settle(tx: Tx, rows: Iterable[ProfileReplacement], now: datetime) -> None:
    """Let versions hold for everybody, because their roll-out is over.

    What was decided before for the same profile is superseded; what was decided later goes on.
    """
    for row in rows:
        earlier = [one for one in _under_way(tx, row.profile_id) if one.id <= row.id]
        _supersede(earlier, now)
        profile = tx.get_one(Profile, row.profile_id, with_for_update=True)
        put_in_force(tx, profile, tx.get_one(ProfileVersion, row.version_id))


def _under_way(tx: Tx, profile_id: int) -> Sequence[ProfileReplacement]:
    """The one decided last at the end."""
    return tx.scalars(
        select(ProfileReplacement)
        .where(ProfileReplacement.profile_id == profile_id, ProfileReplacement.ended_at.is_(None))
        .order_by(ProfileReplacement.id)
    ).all()


def _supersede(rows: Iterable[ProfileReplacement], now: datetime) -> None:
    for row in rows:
        row.ended_at = now


def _concerned(tx: Tx, profile_id: int) -> list[ColumnElement[bool]]:
    return [inside(target_of(row)) for row in having(tx, profile_id)]


def _names(version: BlueprintVersion, profile_id: int) -> bool:
    return any(
        isinstance(setting, ProfileSetting)
        and setting.profile_id == profile_id
        and setting.version is None
        for setting in settings_of(version)
    )


def _record(
    tx: Tx,
    profile: Profile,
    version: ProfileVersion,
    rollout_id: int,
    actor: Actor,
    now: datetime,
) -> None:
    details = {
        "identifier": profile.identifier,
        "version": version.version,
        "rollout": rollout_id,
    }
    subject = Subject.of("profile", profile.id)
    school = profile.school_id
    audit.record(tx, actor, "profile.replace", subject, now, school_id=school, details=details)
