"""Locks that several rooms take, in their order: decisions, rules of groups, then rows.

Whoever takes two of them takes them in this order, or two of them wait for each other. Not here:
how a lock is taken (mdm.base.db), rules of groups (mdm.rooms.groups.service.alone_with_rules).
"""

from mdm.base.db import Tx, alone

_DECISIONS = "change_plan.approve"


def alone_with_decisions(tx: Tx) -> None:
    """Wait until no plan is being approved, and let none be until this transaction ends.

    For approvals, and for whoever asks which rules are in force and acts at once when there are
    none: comes before the lock of any row that an approval locks.
    """
    alone(tx, _DECISIONS)
