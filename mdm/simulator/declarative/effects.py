"""Bringing about what configurations want: all removals and applications at the end of a sync.

Here: the order, and what becomes of each configuration. Not here: which ones are wanted
(evaluation), the deeds (managed_apps, legacy_profiles), what merely holds while it is active and
needs no deed (passcode rules, subscriptions, enforcement).

source: Apple, "Declarative management": all or nothing at the end of a synchronisation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mdm.simulator.declarative import certificates, legacy_profiles, managed_apps
from mdm.simulator.declarative.assets import content_of
from mdm.simulator.declarative.checking import APP, LEGACY
from mdm.simulator.declarative.client import DeclarativeClient, Effect
from mdm.simulator.declarative.documents import Declaration
from mdm.simulator.declarative.enforcement import refusal_of
from mdm.simulator.declarative.evaluation import assets_of
from mdm.simulator.declarative.prepared import Prepared
from mdm.simulator.declarative.reasons import FAILED, NOT_APPLIED, Reason, Refused
from mdm.simulator.exchange import Conversation
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel

TEST = "com.apple.configuration.management.test"

_Prepare: TypeAlias = Callable[
    [SimulatedIpad, Channel, DeclarativeClient, Declaration], Conversation[Prepared]
]
_End: TypeAlias = Callable[[SimulatedIpad, Channel, str, str], None]
"""iPad, channel, subject, identifier of the declaration."""


@dataclass(frozen=True, slots=True)
class _Deed:
    """prepare: loads, raises Refused. remove: undoes. release: lets another one take over."""

    prepare: _Prepare
    remove: _End
    release: _End


_DEEDS: Mapping[str, _Deed] = {
    APP: _Deed(managed_apps.prepare, managed_apps.remove, managed_apps.release),
    LEGACY: _Deed(legacy_profiles.prepare, legacy_profiles.remove, legacy_profiles.release),
}


def bring_about(
    ipad: SimulatedIpad,
    channel: Channel,
    client: DeclarativeClient,
    wanted: Sequence[Declaration],
) -> Conversation[None]:
    """Load first what is new, then remove and apply together."""
    doing = {one.identifier: one for one in wanted if one.declaration_type in _DEEDS}
    prepared, refused = yield from _prepare(ipad, channel, client, doing)
    _end_others(ipad, channel, client, doing, prepared)
    for identifier, refusal in refused.items():
        _refuse(client, doing[identifier], refusal)
    for identifier, ready in prepared.items():
        yield from _apply(client, doing[identifier], ready)
    client.owes_effects = any(one.may_recover for one in client.effects.values())
    client.owes_effects |= any(one.may_recover for one in client.assets.values())


def refusal_in_force(
    ipad: SimulatedIpad, client: DeclarativeClient, declaration: Declaration
) -> Reason | None:
    """Say why a wanted configuration is not in force after all, or None if it is."""
    effect = client.effects.get(declaration.identifier)
    if effect is not None and effect.refusal is not None:
        return effect.refusal
    try:
        contents = [content_of(client, name) for name in assets_of(declaration)]
        if declaration.declaration_type == certificates.TYPE:
            certificates.read_certificate(contents[0])
    except Refused as refused:
        return Reason(NOT_APPLIED, f"{refused.reason.code} {refused.reason.description}")
    if declaration.payload.get("ReturnStatus") == "Failed" and declaration.declaration_type == TEST:
        return Reason(FAILED, "told to fail")
    return refusal_of(declaration, ipad.hardware.version)


def _prepare(
    ipad: SimulatedIpad,
    channel: Channel,
    client: DeclarativeClient,
    doing: Mapping[str, Declaration],
) -> Conversation[tuple[dict[str, Prepared], dict[str, Refused]]]:
    new = [one for one in doing.values() if not _is_done(client, one)]
    taken = {
        (effect.declaration_type, effect.subject)
        for identifier, effect in client.effects.items()
        if identifier in doing and doing[identifier] not in new
    }
    prepared: dict[str, Prepared] = {}
    refusals: dict[str, Refused] = {}
    for one in new:
        try:
            ready = yield from _DEEDS[one.declaration_type].prepare(ipad, channel, client, one)
            if (one.declaration_type, ready.subject) in taken:
                raise Refused(Reason(NOT_APPLIED, "another declaration has the same"))
        except Refused as refused:
            refusals[one.identifier] = refused
        else:
            taken.add((one.declaration_type, ready.subject))
            prepared[one.identifier] = ready
    return prepared, refusals


def _is_done(client: DeclarativeClient, declaration: Declaration) -> bool:
    effect = client.effects.get(declaration.identifier)
    if effect is None or effect.declaration_type != declaration.declaration_type:
        return False
    return effect.revision == _revision(client, declaration) and not effect.may_recover


def _revision(client: DeclarativeClient, declaration: Declaration) -> str:
    assets = (client.declarations[name].server_token for name in assets_of(declaration))
    return " ".join((declaration.server_token, *assets))


def _refuse(client: DeclarativeClient, declaration: Declaration, refused: Refused) -> None:
    """Note a refusal; what an earlier revision brought about stays."""
    old = client.effects.get(declaration.identifier)
    client.effects[declaration.identifier] = Effect(
        declaration.declaration_type,
        _revision(client, declaration),
        old.subject if old is not None else None,
        refused.reason,
        refused.may_recover,
    )


def _end_others(
    ipad: SimulatedIpad,
    channel: Channel,
    client: DeclarativeClient,
    doing: Mapping[str, Declaration],
    prepared: Mapping[str, Prepared],
) -> None:
    claimed = {(doing[name].declaration_type, one.subject) for name, one in prepared.items()}
    for identifier, effect in list(client.effects.items()):
        declaration, ready = doing.get(identifier), prepared.get(identifier)
        is_kept = (
            declaration is not None and declaration.declaration_type == effect.declaration_type
        )
        if is_kept and (ready is None or ready.subject == effect.subject):
            continue
        del client.effects[identifier]
        if effect.subject is not None:
            deed = _DEEDS[effect.declaration_type]
            is_claimed = (effect.declaration_type, effect.subject) in claimed
            end = deed.release if is_claimed else deed.remove
            end(ipad, channel, effect.subject, identifier)


def _apply(
    client: DeclarativeClient, declaration: Declaration, ready: Prepared
) -> Conversation[None]:
    try:
        yield from ready.apply()
    except Refused as refused:
        _refuse(client, declaration, refused)
        return
    client.effects[declaration.identifier] = Effect(
        declaration.declaration_type, _revision(client, declaration), ready.subject
    )
