"""Profiles, apps and assignments as rows, for tests of facts and plans."""

from itertools import count

from mdm.base.db import Tx
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.blueprints.models import App, Profile, ProfileVersion
from mdm.rooms.schools.models import ClassGroup, School
from policies.wishes import ProfileKind
from tests.factories.times import NOW

_numbers = count(1)


def a_profile(
    tx: Tx, name: str = "wifi", kind: ProfileKind = ProfileKind.WIFI
) -> tuple[Profile, ProfileVersion]:
    """A profile of ours in its first version; its content is none, its UUID counts."""
    profile = Profile(
        identifier=f"org.klassensatz.profile.{name}",
        name=name,
        kind=kind,
        current_version=1,
        created_at=NOW,
    )
    tx.add(profile)
    tx.flush()
    version = ProfileVersion(
        profile_id=profile.id,
        version=1,
        uuid=f"10000000-0000-4000-8000-{next(_numbers):012d}",
        sealed_content=b"",
        summary={},
        created_by="system:factory",
        created_at=NOW,
    )
    tx.add(version)
    tx.flush()
    return profile, version


def an_app(tx: Tx, bundle_id: str = "com.example.rechnen", store_id: int | None = 4711) -> App:
    """An app of the store."""
    app = App(bundle_id=bundle_id, store_id=store_id, name="Rechnen", created_at=NOW)
    tx.add(app)
    tx.flush()
    return app


def assign(
    tx: Tx,
    school: School | None,
    subject: Profile | App,
    class_group: ClassGroup | None = None,
) -> Assignment:
    """A subject for a school, one of its classes, or the whole city."""
    row = Assignment(
        school_id=school.id if school is not None else None,
        class_group_id=class_group.id if class_group is not None else None,
        profile_id=subject.id if isinstance(subject, Profile) else None,
        app_id=subject.id if isinstance(subject, App) else None,
        created_by="system:factory",
        created_at=NOW,
    )
    tx.add(row)
    tx.flush()
    return row
