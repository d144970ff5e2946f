"""Putting apps into the library, and correcting what it says about them.

A number of the store is what iPads install by: while rules give the app, another one would act on
everybody at once, beside the change plans, so it is refused. Not here: what makes an app
(mdm.rooms.blueprints.service), giving it to somebody (service.py).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from mdm.base.db import Tx
from mdm.base.errors import Forbidden, InvalidInput
from mdm.base.locks import alone_with_decisions
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.assignments.targets import inside, target_of
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.blueprint_queries import settings_of
from mdm.rooms.blueprints.models import App, BlueprintVersion
from mdm.rooms.devices.due import mark_scopes_due
from policies.blueprint import AppSetting


class NumberInUse(InvalidInput):
    """Another number for an app that rules in force give."""

    def __init__(self, rules: int) -> None:
        problem = f"cannot be another one: rules in force give this app ({rules})"
        next_step = "End what gives it, correct the number, and give it again."
        super().__init__("store_id", problem, next_step)


def save_app(
    tx: Tx, viewer: Viewer, bundle_id: str, store_id: int | None, name: str, now: datetime
) -> App:
    """Put an app into the library, or correct it; every school uses the same library.

    Whoever has it by an assignment of its own gets a new plan after its name was corrected.
    raises: InvalidInput; NumberInUse; Forbidden (his role, or a correction by somebody who does
        not look after every school).
    """
    if not viewer.may(Act.MANAGE):
        raise Forbidden(Act.MANAGE.value)
    alone_with_decisions(tx)
    before = tx.scalar(select(App).where(App.bundle_id == bundle_id.strip()))
    if before is None or (before.store_id, before.name) == (store_id, " ".join(name.split())):
        return blueprints.save_app(tx, bundle_id, store_id, name, viewer.actor, now)
    if viewer.school_ids is not None:
        raise Forbidden(Act.ADMINISTER.value)
    rules = _giving(tx, before, now)
    if rules and before.store_id != store_id:
        raise NumberInUse(len(rules))
    saved = blueprints.save_app(tx, bundle_id, store_id, name, viewer.actor, now)
    mark_scopes_due(tx, [inside(target_of(row)) for row in rules if row.app_id == saved.id])
    return saved


def _giving(tx: Tx, app: App, now: datetime) -> Sequence[Assignment]:
    """The rules that give an app, by themselves or by a blueprint; those on their way as well."""
    in_force = (
        Assignment.ended_at.is_(None),
        or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
    )
    given = select(Assignment.blueprint_version_id).where(*in_force)
    versions = tx.scalars(select(BlueprintVersion).where(BlueprintVersion.id.in_(given)))
    naming = [version.id for version in versions if _names(version, app)]
    gives = or_(Assignment.app_id == app.id, Assignment.blueprint_version_id.in_(naming))
    return tx.scalars(select(Assignment).where(gives, *in_force)).all()


def _names(version: BlueprintVersion, app: App) -> bool:
    return any(
        isinstance(setting, AppSetting)
        and setting.bundle_id == app.bundle_id
        and not setting.absent
        for setting in settings_of(version)
    )
