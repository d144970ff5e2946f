"""Blueprints in immutable versions: saving, restoring and retiring.

Alone in writing tables `blueprint` and `blueprint_version`. Not here: what a setting may say
(policies.blueprint), reading and comparing (blueprint_queries.py), for whom a version is
(mdm.rooms.assignments, which also knows whether one may be retired).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mdm.base.db import Tx, alone
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.blueprints.blueprint_queries import find_version, settings_of
from mdm.rooms.blueprints.mentioned import with_mentioned, without_numbers
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion
from mdm.rooms.blueprints.naming import clean_name
from mdm.rooms.schools.models import School
from policies.blueprint import Setting
from policies.blueprint_difference import BlueprintDifference, difference
from policies.blueprint_json import digest, read_settings, write_setting, write_settings
from policies.blueprint_sense import refuse_senseless
from policies.errors import InvalidSetting

_LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True)
class SavedBlueprint:
    """What saving led to. is_new: a version was added; nobody has it yet."""

    blueprint: Blueprint
    version: BlueprintVersion
    is_new: bool


def checked_settings(value: object) -> tuple[Setting, ...]:
    """Read settings that a person wrote. raises: InvalidInput with the path of the field.

    More is refused here than where stored ones are read: an old version stays readable.
    """
    try:
        settings = read_settings(value)
        refuse_senseless(settings)
        return settings
    except InvalidSetting as error:
        raise InvalidInput(error.field, error.problem, error.next_step) from error


def save_blueprint(
    tx: Tx,
    school: School | None,
    name: str,
    settings: Sequence[Setting],
    actor: Actor,
    now: datetime,
    *,
    note: str = "",
    based_on: int | None = None,
) -> SavedBlueprint:
    """Save a blueprint of a school or the city; the same content makes no new version.

    school: None for the city. based_on: the version that the author had before his eyes.
    raises: InvalidInput (no name, no settings, two settings about the same thing, a profile or
        app that does not exist or is another school's), Conflict (somebody saved another version
        meanwhile).
    """
    name = clean_name(name)
    settings = checked_settings([write_setting(setting) for setting in settings])
    if not settings:
        raise InvalidInput("settings", "are none", "End its assignments instead.")
    settings = with_mentioned(tx, school, settings)
    blueprint = _find(tx, school, name)
    before = find_version(tx, blueprint.id) if blueprint is not None else None
    _require_base(before, based_on)
    if blueprint is not None and before is not None and before.digest == digest(settings):
        return SavedBlueprint(blueprint, before, is_new=False)
    blueprint = blueprint or _added(tx, school, name, now)
    version = _add_version(tx, blueprint, settings, note, actor, now)
    change = difference(settings_of(before) if before is not None else (), settings)
    _journal(tx, blueprint, "blueprint.save", actor, now, _counts(version, change))
    return SavedBlueprint(blueprint, version, is_new=True)


def restore(
    tx: Tx, blueprint_id: int, number: int, actor: Actor, now: datetime, *, note: str = ""
) -> SavedBlueprint:
    """Make an old version the newest one again, as a version of its own.

    raises: NotFound, InvalidInput (retired; what it names is no longer there).
    """
    blueprint = _locked(tx, blueprint_id)
    if blueprint.retired_at is not None:
        raise InvalidInput("blueprint", "is no longer in use", "Save it under another name.")
    old, current = find_version(tx, blueprint.id, number), find_version(tx, blueprint.id)
    said = without_numbers(settings_of(old))
    settings = with_mentioned(tx, _school(tx, blueprint), said)
    if digest(settings) == current.digest:
        return SavedBlueprint(blueprint, current, is_new=False)
    version = _add_version(tx, blueprint, settings, note, actor, now)
    details = {"restored": number, **_counts(version, difference(settings_of(current), settings))}
    _journal(tx, blueprint, "blueprint.restore", actor, now, details)
    return SavedBlueprint(blueprint, version, is_new=True)


def retire(tx: Tx, blueprint_id: int, actor: Actor, now: datetime) -> Blueprint:
    """Take a blueprint out of use; retiring it again changes nothing. raises: NotFound.

    Ask mdm.rooms.assignments.blueprints first, which knows whether anybody has it.
    """
    blueprint = _locked(tx, blueprint_id)
    if blueprint.retired_at is None:
        blueprint.retired_at = now
        _journal(tx, blueprint, "blueprint.retire", actor, now, {})
    return blueprint


def _find(tx: Tx, school: School | None, name: str) -> Blueprint | None:
    """Find a blueprint by its name, locked. raises: InvalidInput, when it is retired.

    The table cannot keep two of the city's from having one name, so whoever saves is alone.
    """
    school_id = school.id if school is not None else None
    alone(tx, f"blueprint:{school_id}:{name}")
    owner = Blueprint.school_id == school_id if school else Blueprint.school_id.is_(None)
    query = select(Blueprint).where(owner, Blueprint.name == name).with_for_update()
    found = tx.scalar(query.execution_options(populate_existing=True))
    if found is not None and found.retired_at is not None:
        raise InvalidInput("name", f"{name} is no longer in use", "Choose another name.")
    return found


def _locked(tx: Tx, blueprint_id: int) -> Blueprint:
    blueprint = tx.get(Blueprint, blueprint_id, with_for_update=True)
    if blueprint is None:
        raise NotFound("blueprint", str(blueprint_id))
    return blueprint


def _school(tx: Tx, blueprint: Blueprint) -> School | None:
    return tx.get_one(School, blueprint.school_id) if blueprint.school_id is not None else None


def _require_base(current: BlueprintVersion | None, based_on: int | None) -> None:
    if based_on is None:
        return
    number = current.version if current is not None else 0
    if number != based_on:
        raise Conflict(f"somebody saved version {number} meanwhile")


def _added(tx: Tx, school: School | None, name: str, now: datetime) -> Blueprint:
    school_id = school.id if school is not None else None
    blueprint = Blueprint(school_id=school_id, name=name, current_version=0, created_at=now)
    tx.add(blueprint)
    tx.flush()
    return blueprint


def _add_version(
    tx: Tx,
    blueprint: Blueprint,
    settings: Iterable[Setting],
    note: str,
    actor: Actor,
    now: datetime,
) -> BlueprintVersion:
    blueprint.current_version += 1
    version = BlueprintVersion(
        blueprint_id=blueprint.id,
        version=blueprint.current_version,
        items=write_settings(settings),
        digest=digest(settings),
        note=" ".join(note.split())[:_LONGEST_NOTE],
        created_by=actor.name,
        created_at=now,
    )
    tx.add(version)
    tx.flush()
    return version


def _counts(version: BlueprintVersion, change: BlueprintDifference) -> dict[str, Any]:
    return {
        "version": version.version,
        "digest": version.digest,
        "added": len(change.added),
        "removed": len(change.removed),
        "changed": len(change.changed),
    }


def _journal(
    tx: Tx,
    blueprint: Blueprint,
    act: str,
    actor: Actor,
    now: datetime,
    details: Mapping[str, Any],
) -> None:
    subject = Subject.of("blueprint", blueprint.id)
    details = {"name": blueprint.name, **details}
    audit.record(tx, actor, act, subject, now, school_id=blueprint.school_id, details=details)
