"""A change plan in lines, for whoever reads it in a terminal.

Here: the order of the lines. Not here: its sentences (change_words.py), the document that the
lines are made of (change_json.py).
"""

from typing import Any

_SHOWN_SERIALS = 12


def plan_lines(told: dict[str, Any]) -> list[str]:
    """Everything about a plan, from what it does to its fingerprint."""
    return [
        f"Plan {told['id']}: {told['title']} ({told['state'].replace('_', ' ')})",
        *(f"  {line}" for line in told["operations"]),
        f"iPads touched: {told['devices']}{_out_of_sight(told['devices_out_of_sight'])}",
        *(line for effect in told["effects"] for line in _effect_lines(effect)),
        *(f"Cannot be undone: {lost['words']}" for lost in told["irreversible"]),
        f"Way back: {'it can be undone' if told['has_way_back'] else 'there is none'}",
        "Rings:",
        *(f"  {place}. {_ring_line(ring)}" for place, ring in enumerate(told["rings"], 1)),
        f"Gate: {told['gate_words']}",
        *([f"Stopped: {_stopped(told['stopped_because'])}"] if told["stopped_because"] else []),
        f"Fingerprint: {told['fingerprint']}",
    ]


def _out_of_sight(devices: int) -> str:
    return f", {devices} of which you do not see" if devices else ""


def _effect_lines(effect: dict[str, Any]) -> list[str]:
    serials = effect["serials"][:_SHOWN_SERIALS]
    more = len(effect["serials"]) - len(serials)
    listed = ", ".join(serials) + (f" and {more} more" if more > 0 else "")
    return [
        f"  {effect['devices']} iPads: {listed}",
        *(f"    {line}" for line in effect["does"]),
        *(f"    conflict: {line}" for line in effect["conflicts"]),
        *(f"    no conflict any more: {line}" for line in effect["settles"]),
        *(f"    note: {line}" for line in (*effect["warnings"], *effect["not_obeyed"])),
    ]


def _stopped(because: str) -> str:
    """Whoever resumes should know what he lets pass."""
    if because.endswith(" can prove it"):
        return f"{because}; resuming lets the next ring follow without a proof"
    return because


def _ring_line(ring: dict[str, Any]) -> str:
    if "released_at" not in ring:
        return f"{ring['name']}: {ring['devices']} iPads"
    if ring["released_at"] is None:
        return f"{ring['name']}: {ring['devices']} iPads, not released yet"
    counts = f"{ring['proven']} proven, {ring['failed']} failed, {ring['waiting']} waiting"
    aside = f", {ring['set_aside']} set aside for other reasons" if ring["set_aside"] else ""
    return f"{ring['name']}: {ring['devices']} iPads, {counts}{aside}"
