"""What is said about each wish of a device: its state, its proof, what it waits for.

Here: values. Not here: how they are found (policies.explain), their words
(policies.explain_wording, the console).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policies.conflicts import Conflict
from policies.facts import Management
from policies.plan import Condition, RefusalKind, Step
from policies.wishes import Wish


class WishState(StrEnum):
    """How far a wish has come on a device."""

    PROVEN = "proven"
    UNDER_WAY = "under_way"
    WAITING = "waiting"
    FAILED = "failed"
    IMPOSSIBLE = "impossible"  # this device cannot be given it
    NOT_MANAGED = "not_managed"


class WaitingKind(StrEnum):
    """What has to happen next."""

    PLAN = "plan"  # the next plan writes it down
    CONTACT = "contact"  # the device has to connect
    ANSWER = "answer"  # the device has it and has not answered
    FREE_DEVICE = "free_device"  # it said NotNow: locked, or busy
    PROOF = "proof"  # it agreed; a report has to show it
    CAPABILITIES = "capabilities"  # it has to say which declarations it takes
    TIME = "time"  # until an instant: an hour that was set, or the next try
    CONDITION = "condition"  # something else first


@dataclass(frozen=True, slots=True)
class Waiting:
    """until: for TIME. condition: for CONDITION."""

    kind: WaitingKind
    until: datetime | None = None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One wish of a device, explained. Its reason and scope are in the wish itself.

    proven_at: when the report was made that proves it; None before, and where it is not known.
    waiting: empty for what is proven or impossible. overrides: rivals that this wish beat.
    disputed: wishes that stand beside it and disagree in single values.
    refusal: why it is impossible. codes: in the words of the device, why it failed.
    """

    wish: Wish
    state: WishState
    proven_at: datetime | None = None
    waiting: tuple[Waiting, ...] = ()
    overrides: tuple[Conflict, ...] = ()
    disputed: tuple[Conflict, ...] = ()
    refusal: RefusalKind | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything that is wished for a device.

    leaving: what is taken away because nobody wishes it any more. held: why nothing is done about
    any of it.
    """

    explanations: tuple[Explanation, ...]
    leaving: tuple[Step, ...] = ()
    held: Management | None = None
