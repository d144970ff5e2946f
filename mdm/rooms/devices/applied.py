"""What a word of a device led to, as the doors need to know it.

Here: values. Not here: how it comes about (service.py, transitions.py).
"""

from dataclasses import dataclass, field

from enrollment.lifecycle import EnrollmentState, Refused, Transition
from mdm.rooms.devices.models import Device, Enrollment


@dataclass(frozen=True, slots=True)
class Applied:
    """What a message led to.

    enrollment: of the channel that spoke; None if it was refused or needs none (a guest).
    cancel_queues_of: enrollments whose waiting commands must be taken back, with all channels.
    erased: earlier enrollments of a device that has come back anew: what was to erase it, did.
    """

    outcome: Transition | Refused
    enrollment: Enrollment | None = None
    device: Device | None = None
    cancel_queues_of: tuple[int, ...] = ()
    erased: tuple[int, ...] = field(default=())

    @property
    def is_in_good_standing(self) -> bool:
        """Whether the channel may be given commands."""
        row = self.enrollment
        return (
            row is not None
            and row.state is EnrollmentState.ENROLLED
            and row.held_reason is None
            and row.ended_at is None
        )

    @property
    def wants_plan(self) -> bool:
        """Whether something changed that a plan depends on."""
        outcome = self.outcome
        return isinstance(outcome, Transition) and (outcome.store_tokens or outcome.revive)

    @property
    def refused(self) -> Refused | None:
        return self.outcome if isinstance(self.outcome, Refused) else None
