"""What a change touches, in the words of plans: whether an iPad's trouble is the change's trouble.

Here: the subjects, and the judgement. Not here: finding the iPads in trouble
(mdm.rooms.changes.counting), what follows for the roll-out (policies.rings).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from policies.change_plan import Preview
from policies.declaration_steps import DECLARATIONS
from policies.effects import ChangeKind
from policies.explain import subject_in_plan
from policies.stand_ins import stand_in_name
from policies.wishes import (
    ProfileDelivery,
    WantedApp,
    WantedDeclaration,
    WantedOsVersion,
    WantedProfile,
    Wish,
)


def touched_subjects(shown: Preview, prefix: str) -> frozenset[str]:
    """Everything that a change gives, exchanges or takes away on any device.

    prefix: of the house's profiles, some of which stand in for declarations. What is kept for
        another reason is not touched: nothing happens on the device.
    """
    wishes = (
        wish
        for group in shown.groups
        for change in group.effect.changes
        if change.kind is not ChangeKind.KEEPS
        for wish in (change.before, change.after)
        if wish is not None
    )
    return frozenset(subject for wish in wishes for subject in _subjects(wish, prefix))


def is_touched(in_the_way: Iterable[str], subjects: Collection[str]) -> bool:
    """Whether any of what is in the way of a device is the business of the change.

    in_the_way: subjects of an outcome's reasons. subjects: as touched_subjects() gives them.
    """
    return any(subject in subjects for subject in in_the_way)


def _subjects(wish: Wish, prefix: str) -> Iterator[str]:
    yield subject_in_plan(wish)
    if isinstance(wish, WantedDeclaration):
        yield stand_in_name(wish.identifier, prefix)
    if _may_be_declared(wish):
        # A device that refuses to hear of declarations refuses each of them.
        yield DECLARATIONS


def _may_be_declared(wish: Wish) -> bool:
    if isinstance(wish, WantedProfile):
        return wish.delivery is ProfileDelivery.DECLARATION
    return isinstance(wish, WantedDeclaration | WantedApp | WantedOsVersion)
