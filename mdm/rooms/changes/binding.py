"""What an approval is bound to: what happens to whom, in which order, and what may stop it.

Not here: the fingerprint of the preview alone (policies.change_plan).
"""

import hashlib
import json
from collections.abc import Sequence

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.stored import rings_of
from mdm.rooms.schools.models import School
from policies.rings import RingKind


def fingerprint_of(tx: Tx, plan: ChangePlan, preview: str) -> str:
    """64 characters that change with the preview, the rings and the gate of a plan.

    preview: its fingerprint. Which schools are for training counts where a ring is theirs.
    """
    asks_for_training = any(spec.kind is RingKind.TRAINING for spec in rings_of(plan))
    training = sorted(training_schools(tx)) if asks_for_training else []
    arranged = json.dumps([plan.rings, plan.gate, training], sort_keys=True)
    return hashlib.sha256(f"{preview}\n{arranged}".encode()).hexdigest()


def training_schools(tx: Tx) -> Sequence[str]:
    """The numbers of the training schools."""
    return tx.scalars(select(School.number).where(School.is_training)).all()
