"""The iPad's questions about declarations, and its downloads for them.

Here: one request each, and what counts as an answer. Not here: the order of questions
(synchronising, effects).

source: Apple, "Declarative management": endpoints, assets; Apple, check-in protocol.
"""

from collections.abc import Callable
from typing import TypeVar

from mdm.simulator import checkin
from mdm.simulator.errors import BadDocument, SyncDelayed
from mdm.simulator.exchange import Conversation, Request, Response, send
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles.plist import WritableValue

T = TypeVar("T")

_JSON = "application/json"
_NOT_FOUND = 404


def ask(
    ipad: SimulatedIpad, channel: Channel, endpoint: str, data: bytes | None = None
) -> Conversation[Response]:
    """Ask one endpoint, whatever the answer.

    raises: SyncDelayed (no longer under management, or told to stop here), Unreachable.
    """
    ipad.faults.count_declarative_request()
    if ipad.enrolment is None:
        raise SyncDelayed("not under management")
    keys: dict[str, WritableValue] = {"Endpoint": endpoint}
    if data is not None:
        keys["Data"] = data
    response = yield from checkin.check_in(
        ipad, ipad.enrolment, channel, "DeclarativeManagement", keys
    )
    if not ipad.is_enrolled:
        raise SyncDelayed("not under management any more")
    return response


def ask_for(
    ipad: SimulatedIpad, channel: Channel, endpoint: str, read: Callable[[bytes], T]
) -> Conversation[T | None]:
    """Ask for a document and read it; None: there is none (404).

    raises: BadDocument, SyncDelayed, Unreachable.
    """
    response = yield from ask(ipad, channel, endpoint)
    if response.status == _NOT_FOUND:
        return None
    if not response.is_success:
        raise SyncDelayed(f"{endpoint} was answered with {response.status}")
    if response.content_type != _JSON:
        raise BadDocument(endpoint, f"is {response.content_type[:64]} instead of JSON")
    return read(response.body)


def download(url: str) -> Conversation[Response]:
    """Load what a declaration refers to. raises: Unreachable."""
    return (yield from send(Request("GET", url, {"User-Agent": "MDM/1.0"})))
