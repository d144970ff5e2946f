"""What an assignment gives: a profile, an app, a version of a blueprint.

Here: finding it, and whether it may go where it shall. Not here: for whom (targets.py).
"""

from dataclasses import dataclass
from typing import TypeVar

from mdm.base.db import Base, Tx
from mdm.base.errors import InvalidInput
from mdm.rooms.blueprints.models import App, Blueprint, BlueprintVersion, Profile
from policies.operations import AssignmentSpec

_Row = TypeVar("_Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Owned:
    """A profile or blueprint, as far as it decides who may have it.

    field: how errors call it. school_id: None for one of the city.
    """

    field: str
    school_id: int | None
    is_retired: bool


def check_subject(tx: Tx, spec: AssignmentSpec, school_id: int | None) -> None:
    """Refuse a subject that does not exist, is out of use, or is another school's.

    school_id: of the target. raises: InvalidInput.
    """
    if spec.app_id is not None:
        _require(tx, App, spec.app_id, "app")
    if spec.profile_id is not None:
        check_profile(_require(tx, Profile, spec.profile_id, "profile"), school_id)
    if spec.blueprint_version_id is not None:
        version = _require(tx, BlueprintVersion, spec.blueprint_version_id, "blueprint")
        found = _require(tx, Blueprint, version.blueprint_id, "blueprint")
        _check(Owned("blueprint", found.school_id, found.retired_at is not None), school_id)


def check_profile(profile: Profile, school_id: int | None) -> None:
    """Refuse a profile that is out of use, or another school's. raises: InvalidInput."""
    _check(Owned("profile", profile.school_id, profile.retired_at is not None), school_id)


def _check(owned: Owned, school_id: int | None) -> None:
    if owned.is_retired:
        raise InvalidInput(owned.field, "is no longer in use", "Choose another one.")
    # It may hold the secrets of its school.
    if owned.school_id is not None and owned.school_id != school_id:
        raise InvalidInput(owned.field, "belongs to another school", "Save it for this school.")


def _require(tx: Tx, kind: type[_Row], number: int, field: str) -> _Row:
    # Nobody takes it out of use until this is decided.
    row = tx.get(kind, number, with_for_update={"read": True})
    if row is None:
        raise InvalidInput(field, "does not exist")
    return row
