"""Which settings of a change its iPads will not obey, because their system does not know them.

Here: the tables of Apple's keys asked for every kind of iPad that a group of a preview holds.
Nothing is left out for it: a key that is ignored today works after the next update. Not here:
the tables (profiles.schema), which way a wish takes to an iPad (policies.routes).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from mdm.base.db import Tx
from mdm.base.errors import SealBroken
from mdm.base.vault import Vault
from mdm.rooms.blueprints.contents import open_content
from mdm.rooms.blueprints.models import Profile, ProfileVersion
from mdm.rooms.blueprints.naming import HOUSE_PREFIX
from mdm.rooms.changes.among import among
from mdm.rooms.devices.models import Device
from policies.effects import ChangeKind, Effect
from policies.stand_ins import stand_in
from policies.wishes import WantedDeclaration, WantedProfile, Wish
from profiles.declarations.json_form import read_object
from profiles.schema import declaration_hints, hints
from profiles.schema.declaration_tables import declaration_types
from profiles.schema.hints import DeviceTraits, HintKind, KeyHint
from profiles.schema.os_version import OsVersion
from profiles.schema.tables import payload_types


@dataclass(frozen=True, slots=True)
class Unobeyed:
    """A key that some iPads do not obey.

    subject: identifier of the profile or declaration. payload_type: where the key stands.
    key: `PayloadType` or `Type` for the whole. since: the version that the hint speaks of.
    """

    subject: str
    payload_type: str
    key: str
    kind: HintKind
    since: str | None
    devices: int


def unobeyed(
    tx: Tx, vault: Vault, effect: Effect, device_ids: Sequence[int]
) -> tuple[Unobeyed, ...]:
    """List what a change brings that some of these iPads will not obey.

    Facts that an iPad has not told give no hint.
    """
    wishes = list(_brought(effect))
    kinds = _kinds_of_devices(tx, device_ids) if wishes else {}
    found: Counter[tuple[str, str, str, HintKind, str | None]] = Counter()
    for wish in wishes:
        contents = list(_contents(tx, vault, wish))
        for traits, number in kinds.items():
            for payload_type, hint in _hints(wish, contents, traits):
                since = None if hint.version is None else str(hint.version)
                found[_subject(wish), payload_type, hint.field, hint.kind, since] += number
    return tuple(Unobeyed(*what, devices=number) for what, number in sorted(found.items(), key=str))


def _brought(effect: Effect) -> Iterator[WantedProfile | WantedDeclaration]:
    for change in effect.changes:
        brings = change.kind in (ChangeKind.GAINS, ChangeKind.REPLACES)
        if brings and isinstance(change.after, WantedProfile | WantedDeclaration):
            yield change.after


def _subject(wish: WantedProfile | WantedDeclaration) -> str:
    return wish.identifier


def _kinds_of_devices(tx: Tx, device_ids: Sequence[int]) -> Mapping[DeviceTraits, int]:
    columns = (Device.os_version, Device.is_supervised, Device.is_shared_ipad)
    query = (
        select(*columns, func.count()).where(among(tx, Device.id, device_ids)).group_by(*columns)
    )
    found: Counter[DeviceTraits] = Counter()
    for version, supervised, shared, number in tx.execute(query):
        traits = DeviceTraits(
            os_version=_os_version(version), supervised=supervised, shared_ipad=bool(shared)
        )
        found[traits] += number
    return found


def _contents(tx: Tx, vault: Vault, wish: Wish) -> Iterator[tuple[str, Mapping[str, object]]]:
    """What a wish says: by type of payload or declaration."""
    if isinstance(wish, WantedDeclaration):
        yield wish.declaration_type, read_object(wish.content, "Payload")
    elif isinstance(wish, WantedProfile):
        version = tx.scalar(
            select(ProfileVersion)
            .join(Profile, Profile.id == ProfileVersion.profile_id)
            .where(Profile.id == wish.profile_id, ProfileVersion.version == wish.version)
        )
        if version is not None:
            yield from _payloads(vault, wish, version)


def _payloads(
    vault: Vault, wish: WantedProfile, version: ProfileVersion
) -> Iterator[tuple[str, Mapping[str, object]]]:
    try:
        profile = open_content(vault, wish.identifier, version)
    except SealBroken:
        # Delivering it tells so; one broken profile must not hide what the others do.
        return
    for payload in profile.payloads:
        yield payload.type, payload.content


def _hints(
    wish: Wish, contents: Iterable[tuple[str, Mapping[str, object]]], traits: DeviceTraits
) -> Iterator[tuple[str, KeyHint]]:
    for name, content in contents:
        if isinstance(wish, WantedDeclaration):
            found = _of_declaration(wish, content, traits)
        else:
            found = hints.unsupported_on(name, content, traits) if name in payload_types() else []
        yield from ((name, hint) for hint in found if hint.kind is not HintKind.DEPRECATED)


def _of_declaration(
    wish: WantedDeclaration, content: Mapping[str, object], traits: DeviceTraits
) -> list[KeyHint]:
    """What is too old for a declaration may get a profile instead of it."""
    if wish.declaration_type not in declaration_types():
        return []
    found = declaration_hints.unsupported_on(wish.declaration_type, content, traits)
    is_too_old = any(
        hint.kind is HintKind.NEEDS_NEWER_OS and hint.field == "Type" for hint in found
    )
    return [] if is_too_old and stand_in(wish, HOUSE_PREFIX) is not None else found


def _os_version(text: str) -> OsVersion | None:
    try:
        return OsVersion.parse(text)
    except ValueError:
        return None
