"""The Setup Assistant payload: which panes people do not see after an update; iPadOS 14.

Here: the payload. Next: the panes that are known (profiles.schema.setup_panes). Not here: panes
of the first setup (the enrollment profile at Apple). Leaving a pane out hides it and nothing
else: what must stay off needs a restriction.

source: Apple, "SetupAssistant" payload documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_some

PAYLOAD_TYPE = "com.apple.SetupAssistant.managed"

_NAME = re.compile(r"[A-Za-z]{2,60}", re.ASCII)


def setup_assistant_payload(
    panes: Iterable[str], identifier: str, display_name: str = "Systemassistent"
) -> Payload:
    """Write panes to leave out as a payload, in alphabetical order; supervised, one per iPad.

    panes: Apple's names. Each autumn brings new ones, so an unknown name is no error: devices
        pass over it.
    raises: InvalidPayload when there is none, or one is no name.
    """
    wanted = sorted(set(panes))
    require_some("SkipSetupItems", wanted, "name a pane")
    for place, pane in enumerate(wanted):
        if not _NAME.fullmatch(pane):
            raise InvalidPayload(
                f"SkipSetupItems[{place}]", "is no name of a pane", "write it like Siri"
            )
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, {"SkipSetupItems": wanted})
