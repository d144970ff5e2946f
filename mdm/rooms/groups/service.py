"""Smart groups: saving a rule, giving it another one, taking a group out of use.

Alone in writing table `smart_group`. Not here: what a rule means (policies.groups), who is in a
group (membership.py), whether rules in force name it (mdm.rooms.assignments.retiring).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mdm.base.db import Tx, alone
from mdm.base.errors import InvalidInput, NotFound
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.groups import membership
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.schools.models import School
from policies.errors import InvalidRule
from policies.group_cycles import filling_order, named_groups
from policies.group_json import read_rule, write_rule
from policies.groups import Rule

# Whoever changes rules is alone: two who name each other's group would close a circle.
_RULES = "smart_group.rules"
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class SavedGroup:
    """What saving led to. is_new: the rule is another one than before, or the first.

    changed: the devices that joined or left.
    """

    group: SmartGroup
    is_new: bool
    changed: frozenset[int] = frozenset()


def checked_rule(value: object) -> Rule:
    """Read a rule that a person wrote. raises: InvalidInput with the path of the field."""
    try:
        return read_rule(value)
    except InvalidRule as error:
        field = f"rule.{error.field}".rstrip(".")
        raise InvalidInput(field, error.problem, error.next_step) from error


def save_group(
    tx: Tx, school: School | None, name: str, rule: Rule, actor: Actor, now: datetime
) -> SavedGroup:
    """Save a group of a school or the city; the same rule changes nothing.

    school: whose devices alone it takes in; None for the whole city.
    raises: InvalidInput (no name; a group that is not there, is another school's, or names this
        one in a circle; retired).
    """
    name = _clean(name)
    alone_with_rules(tx)
    school_id = school.id if school is not None else None
    owner = SmartGroup.school_id == school_id if school else SmartGroup.school_id.is_(None)
    query = select(SmartGroup).where(owner, SmartGroup.name == name)
    group = tx.scalar(query.with_for_update(key_share=True))
    if group is not None:
        return _set_rule(tx, group, rule, actor, now)
    _check(tx, school_id, 0, rule)
    group = SmartGroup(
        school_id=school_id,
        name=name,
        rule=write_rule(rule),
        created_by=actor.name,
        created_at=now,
    )
    tx.add(group)
    tx.flush()
    return _saved(tx, group, actor, now)


def set_rule(tx: Tx, group_id: int, rule: Rule, actor: Actor, now: datetime) -> SavedGroup:
    """Give a group another rule. raises: NotFound, InvalidInput as save_group."""
    alone_with_rules(tx)
    return _set_rule(tx, _locked(tx, group_id), rule, actor, now)


def check_rule(tx: Tx, group_id: int, rule: Rule) -> None:
    """Refuse a rule that a group may not get; for previews. raises: NotFound, InvalidInput."""
    group = tx.get(SmartGroup, group_id)
    if group is None:
        raise NotFound("smart group", str(group_id))
    _require_in_use(group)
    _check(tx, group.school_id, group.id, rule)


def alone_with_rules(tx: Tx) -> None:
    """Wait until nobody else changes rules; comes before the lock of any group's row."""
    alone(tx, _RULES)


def retire(tx: Tx, group_id: int, actor: Actor, now: datetime) -> SmartGroup:
    """Take a group out of use: everybody leaves it. Retiring it again changes nothing.

    Ask mdm.rooms.assignments.retiring, which knows whether rules in force name it.
    raises: NotFound, InvalidInput (another group names it).
    """
    alone_with_rules(tx)
    group = _locked(tx, group_id)
    if group.retired_at is not None:
        return group
    naming = [
        n for n, rule in membership.rules_in_use(tx).items() if group_id in named_groups(rule)
    ]
    if naming:
        raise InvalidInput("group", f"is named by group {naming[0]}", "Change that one first.")
    group.retired_at, group.look_again_at = now, None
    left = membership.empty(tx, group_id, now)
    _journal(tx, group, "group.retire", actor, now, len(left))
    return group


def _set_rule(tx: Tx, group: SmartGroup, rule: Rule, actor: Actor, now: datetime) -> SavedGroup:
    _require_in_use(group)
    if group.rule == write_rule(rule):
        return SavedGroup(group, is_new=False)
    _check(tx, group.school_id, group.id, rule)
    group.rule = write_rule(rule)
    group.version += 1
    tx.flush()
    return _saved(tx, group, actor, now)


def _saved(tx: Tx, group: SmartGroup, actor: Actor, now: datetime) -> SavedGroup:
    changed = membership.refresh_group(tx, group.id, now)
    _journal(tx, group, "group.save", actor, now, len(changed))
    return SavedGroup(group, is_new=True, changed=changed)


def _check(tx: Tx, school_id: int | None, group_id: int, rule: Rule) -> None:
    """group_id: zero for a group that is yet to be."""
    checked_rule(write_rule(rule))
    named = named_groups(rule)
    query = select(SmartGroup).where(SmartGroup.id.in_(named))
    found = {group.id: group for group in tx.scalars(query)}
    for number in named:
        group = found.get(number)
        # Another school's group looks like none at all.
        if group is None or group.school_id not in (None, school_id):
            raise InvalidInput("rule.group", f"there is no group {number} here")
        _require_in_use(group)
    try:
        filling_order({**membership.rules_in_use(tx), group_id: rule})
    except InvalidRule as error:
        raise InvalidInput(f"rule.{error.field}", error.problem, error.next_step) from error


def _require_in_use(group: SmartGroup) -> None:
    if group.retired_at is not None:
        raise InvalidInput("group", f"{group.name} is no longer in use", "Choose another one.")


def _locked(tx: Tx, group_id: int) -> SmartGroup:
    # Whoever writes a member meanwhile points at this row and may hold what we shall wait for.
    group = tx.get(SmartGroup, group_id, with_for_update={"key_share": True})
    if group is None:
        raise NotFound("smart group", str(group_id))
    return group


def _clean(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", f"a name of 1 to {_LONGEST_NAME} characters is needed")
    return name


def _journal(
    tx: Tx, group: SmartGroup, act: str, actor: Actor, now: datetime, changed: int
) -> None:
    details = {
        "name": group.name,
        "version": group.version,
        "rule": group.rule,
        "joined_or_left": changed,
    }
    subject = Subject.of("smart_group", group.id)
    audit.record(tx, actor, act, subject, now, school_id=group.school_id, details=details)
