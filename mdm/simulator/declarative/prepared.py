"""An effect that is ready to happen: everything is loaded, nothing is changed yet."""

from collections.abc import Callable
from dataclasses import dataclass

from mdm.simulator.exchange import Conversation


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a configuration is about to do.

    subject: what it installs, such as a profile's identifier. apply: does it; raises: Refused.
    """

    subject: str
    apply: Callable[[], Conversation[None]]
