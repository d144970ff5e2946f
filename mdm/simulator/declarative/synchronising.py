"""Fetching the server's declarations: compare, list, load, and then take them over at once.

Here: what is loaded and when it counts. Not here: what follows from it (evaluation, effects). A
sync that fails leaves everything as it was and is tried again later; 404 drops one declaration.

source: Apple, "Declarative management", synchronisation.
"""

from mdm.simulator.declarative.client import DeclarativeClient, Step
from mdm.simulator.declarative.documents import (
    Declaration,
    Item,
    read_declaration,
    read_items,
    read_tokens,
)
from mdm.simulator.declarative.fetching import ask_for
from mdm.simulator.errors import BadDocument, SyncDelayed
from mdm.simulator.exchange import Conversation
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel

_TRIES = 2


class _Moved(Exception):
    """A declaration is newer than the list that named it."""


def hear_tokens(ipad: SimulatedIpad, client: DeclarativeClient, document: bytes | None) -> None:
    """Take the tokens that came with a command, or note that they must be asked for."""
    if client.next_step is Step.NOTHING:
        client.next_step = Step.COMPARE
    if document is None:
        return
    try:
        tokens = read_tokens(document)
    except BadDocument as error:
        ipad.complaints.append(f"tokens in the command: {error}")
        return
    if tokens.timestamp < client.timestamp and tokens.declarations_token != client.token:
        ipad.complaints.append("the tokens of the command are older than those known")
        return
    client.timestamp = max(client.timestamp, tokens.timestamp)
    is_same = tokens.declarations_token == client.token
    client.next_step = Step.NOTHING if is_same else Step.FETCH


def synchronise(
    ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient
) -> Conversation[bool]:
    """Bring the declarations up to date; returns whether a new set was taken over.

    raises: SyncDelayed, Unreachable.
    """
    if client.next_step is Step.COMPARE:
        yield from _compare(ipad, channel, client)
    if client.next_step is Step.NOTHING:
        return False
    for _ in range(_TRIES):
        try:
            yield from _fetch(ipad, channel, client)
        except _Moved:
            continue
        return True
    raise BadDocument("ServerToken", "is another one than the list says, again and again")


def _compare(
    ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient
) -> Conversation[None]:
    tokens = yield from ask_for(ipad, channel, "tokens", read_tokens)
    if tokens is None:
        raise SyncDelayed("tokens are not there")
    client.timestamp = max(client.timestamp, tokens.timestamp)
    is_same = tokens.declarations_token == client.token
    client.next_step = Step.NOTHING if is_same else Step.FETCH


def _fetch(ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient) -> Conversation[None]:
    listed = yield from ask_for(ipad, channel, "declaration-items", read_items)
    if listed is None:
        raise SyncDelayed("the list of declarations is not there")
    fetched: dict[str, Declaration] = {}
    for item in listed.items:
        declaration = _kept(client, item)
        if declaration is None:
            declaration = yield from _load(ipad, channel, item)
        if declaration is not None:
            fetched[item.identifier] = declaration
    _note_changed_types(ipad, client, fetched)
    client.declarations = fetched
    client.token = listed.declarations_token
    client.next_step = Step.NOTHING


def _kept(client: DeclarativeClient, item: Item) -> Declaration | None:
    known = client.declarations.get(item.identifier)
    if known is None or (known.kind, known.server_token) != (item.kind, item.server_token):
        return None
    return known


def _load(ipad: SimulatedIpad, channel: Channel, item: Item) -> Conversation[Declaration | None]:
    endpoint = f"declaration/{item.kind}/{item.identifier}"
    declaration = yield from ask_for(ipad, channel, endpoint, read_declaration)
    if declaration is None:
        ipad.complaints.append(f"{endpoint} is listed, and not there")
        return None
    if (declaration.kind, declaration.identifier) != (item.kind, item.identifier):
        raise BadDocument(endpoint, "is another declaration")
    if declaration.server_token != item.server_token:
        raise _Moved
    return declaration


def _note_changed_types(
    ipad: SimulatedIpad, client: DeclarativeClient, fetched: dict[str, Declaration]
) -> None:
    for identifier, new in fetched.items():
        old = client.declarations.get(identifier)
        if old is not None and old.declaration_type != new.declaration_type:
            ipad.complaints.append(f"{identifier} has become another type of declaration")
