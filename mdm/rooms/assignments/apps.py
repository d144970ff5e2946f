"""Putting apps into the library, and letting a correction reach whoever has the app.

Not here: what makes an app (mdm.rooms.blueprints.service), giving it to somebody (service.py).
"""

from datetime import datetime

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.base.errors import Forbidden
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.assignments.targets import inside, target_of
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.models import App
from mdm.rooms.devices.due import mark_scopes_due


def save_app(
    tx: Tx, viewer: Viewer, bundle_id: str, store_id: int | None, name: str, now: datetime
) -> App:
    """Put an app into the library, or correct it; every school uses the same library.

    Whoever has it by an assignment of its own gets a new plan after a correction.
    raises: InvalidInput; Forbidden (his role, or a correction by somebody who does not look after
        every school).
    """
    if not viewer.may(Act.MANAGE):
        raise Forbidden(Act.MANAGE.value)
    before = tx.scalar(select(App).where(App.bundle_id == bundle_id.strip()))
    known = None if before is None else (before.store_id, before.name)
    saved = blueprints.save_app(tx, bundle_id, store_id, name, viewer.actor, now)
    if known is None or known == (saved.store_id, saved.name):
        return saved
    if viewer.school_ids is not None:
        raise Forbidden(Act.ADMINISTER.value)
    rows = tx.scalars(
        select(Assignment).where(Assignment.app_id == saved.id, Assignment.ended_at.is_(None))
    )
    mark_scopes_due(tx, [inside(target_of(row)) for row in rows])
    return saved
