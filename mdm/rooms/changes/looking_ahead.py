"""Looking ahead: what a change would do, found by doing it and taking it back.

Here: the dry run in a savepoint, which always ends as if it had never been. Not here: what the
difference is (policies.change_plan), carrying out for good (service.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.rooms.assignments import rollouts
from mdm.rooms.audit.service import Actor
from mdm.rooms.changes.enacting import enact
from mdm.rooms.facts.places import load_places
from mdm.rooms.facts.rules import load_rules
from policies.change_plan import Preview, Situated, preview
from policies.city import Place
from policies.operations import AT_ONCE, Operation


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a change would do.

    touched: the devices of the preview where they will be. schools: that it may touch; None for
    the whole city.
    """

    preview: Preview
    touched: tuple[Place, ...]
    schools: frozenset[int] | None


def look_ahead(
    tx: Tx,
    vault: Vault,
    operations: Sequence[Operation],
    schools: frozenset[int] | None,
    actor: Actor,
    now: datetime,
) -> Ahead:
    """Find what operations would do to the devices of some schools; nothing stays of it.

    schools: None for the whole city. raises: as enact(); the change cannot be carried out then.
    """
    rules_now, places_now = load_rules(tx, schools), load_places(tx, schools)
    savepoint = tx.begin_nested()
    try:
        rollout = rollouts.open_rollout(tx, {}, now)
        enact(tx, vault, operations, rollout.id, actor, now)
        tx.flush()
        number = rollout.id
        rules_then = load_rules(tx, schools)
        moves = any(isinstance(operation, AT_ONCE) for operation in operations)
        places_then = load_places(tx, schools) if moves else places_now
    finally:
        savepoint.rollback()
    devices = _situated(places_now, places_then)
    found = preview(operations, rules_now, rules_then, devices, now, number)
    touched = frozenset(found.devices)
    where = {device.device: device for device in (*places_now, *places_then)}
    return Ahead(found, tuple(where[device] for device in sorted(touched)), schools)


def _situated(now: Sequence[Place], then: Sequence[Place]) -> list[Situated]:
    if now is then:
        return [Situated.staying(place) for place in now]
    was, becomes = ({place.device: place for place in places} for places in (now, then))
    everybody = sorted(was.keys() | becomes.keys())
    return [Situated(was.get(device), becomes.get(device)) for device in everybody]
