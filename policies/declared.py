"""What a device's channel of declarative management knows, and what it said of it.

Here: values about one enrollment. Not here: which declarations it should have
(policies.declaring), the documents of the protocol (profiles.declarations).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from profiles.declarations.capabilities import Capabilities
from profiles.declarations.declaration import Declaration
from profiles.declarations.declaration_state import DeclarationState


@dataclass(frozen=True, slots=True)
class DeclaredFacts:
    """How far declarative management has come in this enrollment.

    enabled: the device has accepted the first command; only un-enrolling ends it.
    fetched_token: of the list of declarations that it last fetched, None before.
    issued: the set that it should have by the last plan, by identifier; empty if none ever was.
    issued_at: since when. A command that was accepted before speaks of another set, even if its
        token is the same.
    capabilities: None until it has told.
    states: what it last said of each declaration, by identifier.
    app_states: words of the status item app.managed.list, by bundle identifier.
    """

    enabled: bool = False
    fetched_token: str | None = None
    issued: Mapping[str, Declaration] = field(default_factory=dict)
    issued_at: datetime | None = None
    capabilities: Capabilities | None = None
    states: Mapping[str, DeclarationState] = field(default_factory=dict)
    app_states: Mapping[str, str] = field(default_factory=dict)


NOT_DECLARED = DeclaredFacts()
