"""Who asked for what on which devices, who agreed, and until when.

Here: requests and approvals as values. Not here: whether they suffice (policies.guards).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from policies.actions import RemoteKind
from policies.errors import InvalidWish
from policies.verdict import Refused


@dataclass(frozen=True, slots=True)
class EraseBudget:
    """How many devices may be erased within any hour without a second person."""

    per_person: int = 5
    per_city: int = 20


DEFAULT_BUDGET = EraseBudget()


@dataclass(frozen=True, slots=True)
class EraseUsage:
    """Devices whose erase was let through without a second person in the hour before now.

    When ordering, count what was ordered; when delivering, what was delivered.
    """

    by_person: int = 0
    by_city: int = 0


@dataclass(frozen=True, slots=True)
class StopSwitch:
    """Pressed: nothing that needs an approval leaves anywhere in the city."""

    person: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """generation: of the device's current enrollment. refusal: why it cannot, as handed in."""

    device: str
    generation: int
    refusal: Refused | None = None


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """What a person asks for. person, second: identifiers that never change hands."""

    remote: RemoteKind
    person: str
    reason: str
    targets: tuple[Target, ...]
    valid_until: datetime
    second: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A granted request, as it travels with each of its commands.

    remote: None for one destructive command outside the closed list, ordered by hand.
    generations: the frozen list, device → generation of its enrollment at that time. A group that
        grows later changes nothing here.
    """

    remote: RemoteKind | None
    person: str
    reason: str
    given_at: datetime
    valid_until: datetime
    generations: Mapping[str, int] = field(hash=False)
    second: str | None = None


@dataclass(frozen=True, slots=True)
class DestructiveCommandFacts:
    """One command at the last door.

    remote: None for a destructive command outside the closed list.
    generation: of the device's enrollment now. answered: any result of the command is known.
    refusals: of the device's supervision or system, judged anew.
    """

    remote: RemoteKind | None
    device: str
    generation: int
    approval: Approval | None
    usage: EraseUsage = EraseUsage()
    answered: bool = False
    stop: StopSwitch | None = None
    refusal: Refused | None = None


def approve(request: ActionRequest, now: datetime) -> Approval:
    """Freeze an allowed request. raises: InvalidWish when a device is listed twice."""
    generations = {target.device: target.generation for target in request.targets}
    if len(generations) != len(request.targets):
        raise InvalidWish("targets", "a device is listed twice")
    return Approval(
        request.remote,
        request.person,
        request.reason,
        now,
        request.valid_until,
        generations,
        request.second,
    )
