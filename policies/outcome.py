"""How a device stands to its wishes: as it should be, on its way, or in the way of itself.

Here: the kinds, and outcome_of(), which reads them off a plan. Not here: the plan
(policies.reconcile), counting them over a school (policies.compliance).
"""

from __future__ import annotations

from enum import StrEnum


class OutcomeKind(StrEnum):
    """What a plan says about a device as a whole; silence is judged by the last contact."""

    AS_WISHED = "as_wished"
    ON_ITS_WAY = "on_its_way"
    BLOCKED = "blocked"  # something failed, or cannot be followed on this device
    NOT_MANAGED = "not_managed"
