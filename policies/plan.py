"""The plan for one device: ordered steps, each with its reason and what it waits for.

Here: values. Not here: how a plan is made (policies.reconcile), its words (policies.scenario).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policies.actions import Action, ActionKey
from policies.facts import Management
from policies.wishes import Reason
from profiles.declarations.declaration import Declaration


class WaitKind(StrEnum):
    """What must happen before a step may be queued."""

    PROOF_OF_PROFILE = "proof_of_profile"  # subject: the profile's identifier
    OTHER_NETWORK = "other_network"  # a wished WLAN must be proven, and nothing may replace it
    LAST_NETWORK = "last_network"  # no WLAN is wished instead: it stays until one is


@dataclass(frozen=True, slots=True)
class Condition:
    kind: WaitKind
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, why, and when.

    waiting_on: empty for a step to queue now.
    not_before: earliest delivery to the device, None for at once.
    """

    action: Action
    reason: Reason
    waiting_on: tuple[Condition, ...] = ()
    not_before: datetime | None = None


class RefusalKind(StrEnum):
    """Why a wish is not followed on this device at all."""

    NOT_OUR_PROFILE = "not_our_profile"
    ENROLLMENT_PROFILE = "enrollment_profile"
    NOT_SUPERVISED = "not_supervised"
    NOT_ON_THIS_VERSION = "not_on_this_version"  # neither as a declaration nor in any other way
    DEADLINE_PASSED = "deadline_passed"
    MISSING_VALUE = "missing_value"  # it refers to a fact that this device does not have
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class UnmetWish:
    subject: str
    kind: RefusalKind
    reason: Reason


@dataclass(frozen=True, slots=True)
class FailedWish:
    """A wish that the device refused, or could not follow.

    codes: in the words of the device, empty where only a command was refused.
    """

    subject: str
    reason: Reason
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about the difference between what should be and what is.

    steps: in the order in which they must enter the queue.
    withdrawals: open commands that nobody wants any more; cancel them before queueing the steps.
    unproven: subjects of wishes that no report has shown yet, whether or not work is under way.
    undecided: those among them whose way is open until the device has said what it can.
    under_way: open commands that change the device and stay wanted.
    unmet: wishes that this device cannot be given.
    failed: wishes that were refused last; commands are offered again later, declarations are not.
    declarations: the whole set that the device's channel should have; None: nothing was ever
        declared to this device, and nothing is to be.
    held: set, with nothing else, when the device is not ours to manage now.
    look_again_at: when time alone may change the plan, None if it cannot.
    """

    steps: tuple[Step, ...] = ()
    withdrawals: tuple[ActionKey, ...] = ()
    unproven: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    under_way: tuple[ActionKey, ...] = ()
    unmet: tuple[UnmetWish, ...] = ()
    failed: tuple[FailedWish, ...] = ()
    declarations: tuple[Declaration, ...] | None = None
    held: Management | None = None
    look_again_at: datetime | None = None

    @property
    def ready(self) -> tuple[Step, ...]:
        """The steps to queue now."""
        return tuple(step for step in self.steps if not step.waiting_on)

    @property
    def waiting(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.waiting_on)

    @property
    def is_empty(self) -> bool:
        """Nothing to write down; commands may still be under way."""
        return not self.ready and not self.withdrawals

    @property
    def is_converged(self) -> bool:
        """Everything that should be true has been seen to be true."""
        differs = self.steps or self.withdrawals or self.unproven or self.under_way
        return self.held is None and not differs
