"""A change plan in plain words, for the command line: what it does to whom, in which rings.

Here: English lines without colour. Not here: German sentences on pages (mdm.doors.console).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.change_plan import EffectGroup, LossCount, Preview
from policies.effects import Change, ChangeKind, Effect, LossKind, subject_of
from policies.explain_wording import describe_wish
from policies.wishes import Wish
from policies.wording import describe_conflict

_LOSSES = {
    LossKind.APP_DATA: "the data of app {} is deleted",
    LossKind.OS_UPDATED: "iPadOS {} is installed",
}
_NO_NAMES: Mapping[str, str] = {}


def describe_preview(preview: Preview, names: Mapping[str, str] = _NO_NAMES) -> list[str]:
    """One paragraph for each effect, then what does not come back.

    names: what people call profiles and apps, by identifier.
    """
    if not preview.groups:
        return ["touches no iPad"]
    lines = [f"touches {_ipads(preview.device_count)}"]
    for group in preview.groups:
        lines.extend(_group(group, names))
    return [*lines, *(_loss(loss, names) for loss in preview.losses)]


def describe_effect(effect: Effect, names: Mapping[str, str] = _NO_NAMES) -> list[str]:
    """What happens to one iPad: `gets WLAN Schule-12`, `loses Schule-12-alt`."""
    changes = [_change(change, names) for change in effect.changes]
    return [*changes, *map(describe_conflict, effect.conflicts), *_settled(effect)]


def _group(group: EffectGroup, names: Mapping[str, str]) -> Iterator[str]:
    yield f"{_ipads(len(group.devices))}:"
    yield from (f"  {line}" for line in describe_effect(group.effect, names))


def _settled(effect: Effect) -> Iterator[str]:
    yield from (f"no longer a {describe_conflict(conflict)}" for conflict in effect.settled)


def _change(change: Change, names: Mapping[str, str]) -> str:
    match change.kind:
        case ChangeKind.REPLACES:
            return f"gets {_wish(change.after, names)} instead of {_wish(change.before, names)}"
        case ChangeKind.GAINS:
            return f"gets {_wish(change.after, names)}"
        case ChangeKind.LOSES:
            return f"loses {_wish(change.before, names)}"
        case ChangeKind.KEEPS:
            scope = "" if change.after is None else f", from now on by {change.after.reason.scope}"
            return f"keeps {_wish(change.after, names)}{scope}"


def _wish(wish: Wish | None, names: Mapping[str, str]) -> str:
    if wish is None:
        return "nothing"
    words, identifier = describe_wish(wish), subject_of(wish)[1]
    name = names.get(identifier)
    return words if name is None else words.replace(identifier, f"{name!r} ({identifier})")


def _loss(count: LossCount, names: Mapping[str, str]) -> str:
    what = _LOSSES[count.loss.kind].format(names.get(count.loss.subject, count.loss.subject))
    return f"cannot be undone: on {_ipads(count.devices)} {what}"


def _ipads(number: int) -> str:
    return "1 iPad" if number == 1 else f"{number} iPads"
