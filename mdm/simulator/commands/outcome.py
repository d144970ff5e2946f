"""What comes of a command, and what a handler is handed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from mdm.simulator.exchange import Conversation
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles.plist import PlistDict, WritableValue


@dataclass(frozen=True, slots=True)
class Outcome:
    """A command obeyed.

    body: the answer's own keys. after: what follows once the answer has left, heard or not.
    is_sent_once: the answer is not kept for another try.
    """

    body: Mapping[str, WritableValue] = field(default_factory=lambda: MappingProxyType({}))
    after: Callable[[], Conversation[None]] | None = None
    is_sent_once: bool = False


DONE = Outcome()

Handler: TypeAlias = Callable[[SimulatedIpad, Channel, PlistDict], Outcome]
"""Obeys at once. raises: DeviceError, MalformedMessage (a parameter of a wrong kind)."""

TalkingHandler: TypeAlias = Callable[[SimulatedIpad, Channel, PlistDict], Conversation[Outcome]]
"""Obeys and talks to servers meanwhile. raises: as Handler."""
