"""An explanation in plain words, for the command line and scenarios.

Here: English lines without colour. Not here: German sentences on pages (mdm.doors.console).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.explanation import Explained, Explanation, Waiting, WaitingKind, WishState
from policies.hidden_settings import wish_hides_settings
from policies.wishes import (
    AbsentApp,
    AbsentProfile,
    WantedApp,
    WantedDeclaration,
    WantedName,
    WantedOsVersion,
    WantedProfile,
    Wish,
)
from policies.wording import describe_conflict, describe_reason, describe_step, instant

_NEXT = {
    WaitingKind.PLAN: "the next plan",
    WaitingKind.CONTACT: "the iPad to connect",
    WaitingKind.ANSWER: "its answer",
    WaitingKind.FREE_DEVICE: "the iPad to be unlocked",
    WaitingKind.PROOF: "a report that proves it",
    WaitingKind.CAPABILITIES: "the iPad to say what it can",
}

_NONE: Mapping[Wish, str] = {}


def describe_explained(explained: Explained, origins: Mapping[Wish, str] = _NONE) -> list[str]:
    """One paragraph for each wish: what, why, how it stands; then what leaves.

    origins: who decided a wish, as a line in its paragraph.
    """
    if explained.held is not None:
        return [f"nothing is done: the device is {explained.held}"]
    lines = [
        line
        for one in explained.explanations
        for line in describe_explanation(one, origins.get(one.wish))
    ]
    leaving = [f"leaves: {describe_step(step)}" for step in explained.leaving]
    return (lines or ["nothing is wished"]) + leaving


def describe_explanation(one: Explanation, origin: str | None = None) -> list[str]:
    """What is wished and why; indented, who decided it, how it stands and what it overrides."""
    return [
        f"{describe_wish(one.wish)} ({describe_reason(one.wish.reason)})",
        *([] if origin is None else [f"  {origin}"]),
        *(f"  {line}" for line in _details(one)),
    ]


def describe_wish(wish: Wish) -> str:
    """What a wish is, in a few words."""
    match wish:
        case WantedProfile():
            return f"profile {wish.identifier} v{wish.version}"
        case AbsentProfile():
            return f"no profile {wish.identifier}"
        case WantedApp():
            return f"app {wish.identifier}" if wish.required else f"app {wish.identifier} on offer"
        case AbsentApp():
            return f"no app {wish.identifier}"
        case WantedDeclaration():
            return f"declaration {wish.declaration_type} {wish.identifier}"
        case WantedOsVersion():
            return f"iPadOS {wish.version} by {instant(wish.deadline)}"
        case WantedName():
            return f"device name {wish.name!r}"


def _details(one: Explanation) -> Iterator[str]:
    yield _state(one)
    if wish_hides_settings(one.wish):
        yield "hides the Settings app: nobody at the iPad can join a network"
    for waiting in one.waiting:
        yield f"waits for {_next(waiting)}"
    for conflict in (*one.overrides, *one.disputed):
        yield describe_conflict(conflict)


def _state(one: Explanation) -> str:
    words = one.state.replace("_", " ")
    if one.state is WishState.PROVEN and one.proven_at is not None:
        return f"{words} at {instant(one.proven_at)}"
    if one.refusal is not None:
        return f"{words}: {one.refusal.replace('_', ' ')}"
    return f"{words}: {', '.join(one.codes)}" if one.codes else words


def _next(waiting: Waiting) -> str:
    if waiting.until is not None:
        return instant(waiting.until)
    if waiting.condition is not None:
        subject = waiting.condition.subject
        return f"{waiting.condition.kind.replace('_', ' ')} {subject}".rstrip()
    return _NEXT.get(waiting.kind, waiting.kind.value)
