"""The command DeclarativeManagement: compare tokens, fetch the manifest, report.

Declarations are fetched and noted, not obeyed yet.
source: Apple, "Integrating declarative management".
"""

import json
from collections.abc import Mapping
from typing import Any

from mdm.simulator import checkin
from mdm.simulator.commands.outcome import DONE, Outcome
from mdm.simulator.errors import Unreachable
from mdm.simulator.exchange import Conversation
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles import plist
from profiles.plist import PlistDict, WritableValue

_PATHS = {
    "Activations": "activation",
    "Assets": "asset",
    "Configurations": "configuration",
    "Management": "management",
}
_JSON = "application/json"


def declarative_management(
    ipad: SimulatedIpad, channel: Channel, asked: PlistDict
) -> Conversation[Outcome]:
    """Switch declarations on, or look whether they have changed."""
    tokens = _tokens(plist.optional_data(asked, "Data"))
    try:
        if tokens is None:
            tokens = _tokens(json.dumps((yield from _ask(ipad, channel, "tokens"))).encode())
        if tokens is not None and tokens != channel.declarations_token:
            yield from _synchronise(ipad, channel, tokens)
    # The others stand for a manifest of another shape than Apple's.
    except (Unreachable, ValueError, KeyError, TypeError, AttributeError) as error:
        ipad.complaints.append(f"declarations could not be fetched: {error}")
    return DONE


def _tokens(document: bytes | None) -> str | None:
    if not document:
        return None
    try:
        token = json.loads(document)["SyncTokens"]["DeclarationsToken"]
    except (ValueError, KeyError, TypeError):
        return None
    return token if isinstance(token, str) else None


def _synchronise(ipad: SimulatedIpad, channel: Channel, token: str) -> Conversation[None]:
    manifest = yield from _ask(ipad, channel, "declaration-items")
    for group, path in _PATHS.items():
        for item in manifest.get("Declarations", {}).get(group, ()):
            yield from _ask(ipad, channel, f"declaration/{path}/{item['Identifier']}")
    channel.declarations_token = manifest.get("DeclarationsToken", token)
    report: dict[str, object] = {"StatusItems": {}, "Errors": []}
    yield from _ask(ipad, channel, "status", json.dumps(report).encode())


def _ask(
    ipad: SimulatedIpad, channel: Channel, endpoint: str, data: bytes | None = None
) -> Conversation[Mapping[str, Any]]:
    """Ask one endpoint. raises: ValueError (no answer that could be used), Unreachable."""
    if ipad.enrolment is None:
        raise ValueError("not enrolled")
    keys: dict[str, WritableValue] = {"Endpoint": endpoint}
    if data is not None:
        keys["Data"] = data
    response = yield from checkin.check_in(
        ipad, ipad.enrolment, channel, "DeclarativeManagement", keys
    )
    if endpoint == "status" and response.is_success:
        return {}
    if not response.is_success or response.content_type != _JSON:
        raise ValueError(f"{endpoint}: {response.status} {response.content_type}")
    answer = json.loads(response.body)
    return answer if isinstance(answer, dict) else {}
