"""Whether two rows of one key agree, and what they say together."""

from __future__ import annotations

from policies.roster.values import Person, Placement


def first_difference(old: Person, new: Person) -> str:
    """The first field in which two rows of one person differ; empty when they agree.

    Schools do not count: every row may name another one.
    """
    fields = ("role", "family_name", "given_name", "grade", "account")
    return next((f for f in fields if getattr(old, f) != getattr(new, f)), "")


def joined(old: Placement, new: Placement) -> Placement | None:
    """Both together: an owner and a place; None when they name two owners, places or slots."""
    if old.person and new.person and old.person != new.person:
        return None
    if old.place and new.place and (old.place, old.slot) != (new.place, new.slot):
        return None
    placed = old if old.place else new
    return Placement(old.serial, old.person or new.person, placed.place, placed.slot)
