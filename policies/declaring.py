"""The whole set of declarations that one device should have.

Here: what the house declares by itself, each wish as a configuration with an activation of its
own, and what must stay though its wish ended. Not here: which wishes come this way
(policies.routes), how far they have come (policies.declaration_steps).

What is missing in the set the device gives up, so one wish that cannot be written leaves out
itself alone, and what holds an app's data or the last network stays until somebody decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from policies import declared_names
from policies.declared_names import activation_name
from policies.facts import DeviceFacts
from policies.plan import RefusalKind, UnmetWish
from policies.routes import OS_SUBJECT, Roads, Routed
from policies.wishes import (
    Reason,
    WantedApp,
    WantedDeclaration,
    WantedOsVersion,
    WantedProfile,
)
from profiles.declarations import management
from profiles.declarations.activations import activation
from profiles.declarations.configurations import legacy, managed_app, status_subscriptions
from profiles.declarations.configurations.managed_app import ManagedApp, StoreApp, StoreBundle
from profiles.declarations.configurations.status_subscriptions import USEFUL_ITEMS, items_of
from profiles.declarations.configurations.update_enforcement import EnforcedUpdate, enforced_update
from profiles.declarations.declaration import Declaration, filled, manifest_item
from profiles.declarations.json_form import read_object
from profiles.declarations.management import Organization
from profiles.declarations.manifest import Manifest
from profiles.declarations.snapshot import problems_in
from profiles.errors import ProfileError
from profiles.schema.os_version import OsVersion
from profiles.variables import DeviceVariables, used_in

PROFILE_VERSION = "profile-version:"
"""Stands, with the UUID after it, for the address from which the device fetches the profile."""

# The instant of a manifest is no part of its token.
_ANY_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DeclaredWish:
    """A wish that goes by declaration. subject: what people know it by."""

    subject: str
    reason: Reason
    declaration: Declaration


Written = tuple[tuple[DeclaredWish, ...], tuple[UnmetWish, ...]]


def declared_wishes(routed: Routed, ways: Roads) -> Written:
    """Write each wish that goes by declaration, filled in for this device.

    returns: the wishes, and those that cannot be written.
    """
    wishes: dict[str, DeclaredWish] = {}
    unmet: list[UnmetWish] = []
    for subject, reason, write in _drafts(routed, ways):
        found = _written(write, ways.device.variables)
        if isinstance(found, Declaration) and found.identifier not in wishes:
            wishes[found.identifier] = DeclaredWish(subject, reason, found)
        else:
            kind = found if isinstance(found, RefusalKind) else RefusalKind.INVALID
            unmet.append(UnmetWish(subject, kind, reason))
    return tuple(wishes.values()), (*unmet, *_unsupported(routed))


def whole_set(
    wishes: Iterable[DeclaredWish], retained: Iterable[Declaration], ways: Roads
) -> tuple[Declaration, ...]:
    """Put together what the device should have, in the order of the identifiers.

    retained: configurations of the former set that must stay for now.
    returns: an empty set only for a device that is told no declarations at all.
    """
    if not ways.is_declarative:
        return ()
    configurations = [*(wish.declaration for wish in wishes), *retained, *_subscriptions(ways)]
    activated = [activation([c.identifier], activation_name(c.identifier)) for c in configurations]
    everything = [*_of_the_house(ways), *configurations, *activated]
    return tuple(sorted(everything, key=lambda declaration: declaration.identifier))


def token_of(declarations: Iterable[Declaration]) -> str:
    """The token of a set, which follows from its content."""
    items = [manifest_item(declaration) for declaration in declarations]
    return Manifest(items, _ANY_INSTANT).declarations_token


def target_of(wanted: WantedOsVersion) -> OsVersion | None:
    """The version that is wished; None for a text that is none."""
    try:
        return OsVersion.parse(wanted.version)
    except ValueError:
        return None


def is_reached(wanted: WantedOsVersion, device: DeviceFacts) -> bool:
    """Whether a device has the version, or a later one."""
    target = target_of(wanted)
    return target is not None and device.os_version is not None and device.os_version >= target


def deadline_at(wanted: WantedOsVersion, device: DeviceFacts) -> datetime:
    """The instant of a deadline on the clock of a device."""
    return wanted.deadline.replace(tzinfo=ZoneInfo(device.time_zone)).astimezone(UTC)


def _of_the_house(ways: Roads) -> Iterator[Declaration]:
    yield management.server_capabilities(declared_names.SERVER)
    if ways.device.organization:
        organization = Organization(ways.device.organization)
        yield management.organization_info(organization, declared_names.ORGANIZATION)


def _subscriptions(ways: Roads) -> Iterator[Declaration]:
    """Ask for what this device has to tell, once it has said that; before, for what it should."""
    known, version = ways.declared.capabilities, ways.device.os_version
    if known is not None:
        items = known.subscribable(sorted(USEFUL_ITEMS))
    else:
        items = items_of(version) if version is not None else ()
    if items:
        yield status_subscriptions.status_subscriptions(items, declared_names.SUBSCRIPTIONS)


_Draft = tuple[str, Reason, Callable[[], Declaration | RefusalKind]]


def _drafts(routed: Routed, ways: Roads) -> Iterator[_Draft]:
    for profile in routed.declared_profiles:
        yield profile.identifier, profile.reason, partial(_profile, profile)
    for app in routed.declared_apps:
        yield app.identifier, app.reason, partial(_app, app)
    for wish in routed.declarations:
        yield wish.identifier, wish.reason, partial(_own, wish)
    wanted = routed.declared_version
    if wanted is not None and not is_reached(wanted, ways.device):
        yield OS_SUBJECT, wanted.reason, partial(_version, wanted, ways)


def _written(
    write: Callable[[], Declaration | RefusalKind], facts: DeviceVariables
) -> Declaration | RefusalKind:
    try:
        draft = write()
        if isinstance(draft, RefusalKind):
            return draft
        if any(facts.value_of(name) is None for name in used_in(draft.payload)):
            return RefusalKind.MISSING_VALUE
        written = filled(draft, facts)
        manifest_item(written)
    except ProfileError:
        return RefusalKind.INVALID
    # No blueprint brings assets along, so nothing may refer to one.
    return RefusalKind.INVALID if problems_in([written]) else written


def _profile(wanted: WantedProfile) -> Declaration:
    payload = {"ProfileURL": f"{PROFILE_VERSION}{wanted.uuid}"}
    return Declaration(legacy.TYPE, declared_names.profile_name(wanted.identifier), payload)


def _app(wanted: WantedApp) -> Declaration:
    by_number = wanted.store_id is not None
    source = StoreApp(str(wanted.store_id)) if by_number else StoreBundle(wanted.identifier)
    name = declared_names.app_name(wanted.identifier)
    return managed_app.managed_app(ManagedApp(source, required=wanted.required), name)


def _own(wanted: WantedDeclaration) -> Declaration:
    payload = read_object(wanted.content, "Payload")
    return Declaration(wanted.declaration_type, wanted.identifier, payload)


def _version(wanted: WantedOsVersion, ways: Roads) -> Declaration | RefusalKind:
    """A deadline that has passed already would restart the device within the hour."""
    update = EnforcedUpdate(wanted.version, wanted.deadline)
    declaration = enforced_update(update, declared_names.OS_VERSION)
    is_late = deadline_at(wanted, ways.device) <= ways.now
    if is_late and ways.declared.issued.get(declaration.identifier) != declaration:
        return RefusalKind.DEADLINE_PASSED
    return declaration


def _unsupported(routed: Routed) -> Iterator[UnmetWish]:
    for wish in routed.unsupported:
        yield UnmetWish(wish.identifier, RefusalKind.NOT_ON_THIS_VERSION, wish.reason)
