"""Updates of the system that declarations enforce, and their deadlines.

Here: which one comes first, and when it is installed. Not here: the update itself
(mdm.simulator.system_update).

source: Apple, schema "Software Update:Enforcement:Specific".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mdm.simulator.declarative.checking import ENFORCEMENT
from mdm.simulator.declarative.client import DeclarativeClient
from mdm.simulator.declarative.documents import Declaration
from mdm.simulator.declarative.reasons import INVALID_CONFIGURATION, NOT_APPLIED, Reason
from mdm.simulator.releases import Release, release_of
from mdm.simulator.system_update import SystemUpdate, Wish
from profiles.schema.os_version import OsVersion

# Whoever was off at the deadline, or heard of it too late, is left in peace for so long.
_GRACE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides about an enforced update. on_since: when the iPad was switched on last."""

    installed: OsVersion
    product_name: str
    releases: tuple[Release, ...]
    time_zone: str
    now: datetime
    on_since: datetime | None


def refusal_of(declaration: Declaration, installed: OsVersion) -> Reason | None:
    """Say why an enforcement is not in force: the version is there already, or no such day."""
    if declaration.declaration_type != ENFORCEMENT:
        return None
    try:
        datetime.fromisoformat(declaration.payload["TargetLocalDateTime"])
    except ValueError:
        return Reason(INVALID_CONFIGURATION, "TargetLocalDateTime is no time")
    if OsVersion.parse(declaration.payload["TargetOSVersion"]) <= installed:
        return Reason(NOT_APPLIED, "the version, or a newer one, is installed")
    return None


def reconsider(
    update: SystemUpdate, client: DeclarativeClient | None, situation: Situation
) -> bool:
    """Let an update be what declarations want now; what a command began goes on otherwise.

    returns: whether that is news.
    """
    wish = None if client is None else _earliest_wish(client, update.noticed_at, situation)
    is_commanded = update.wish is not None and update.wish.declaration is None
    return (wish is not None or not is_commanded) and update.want(wish)


def _earliest_wish(
    client: DeclarativeClient, noticed_at: dict[str, datetime], situation: Situation
) -> Wish | None:
    """Find the update with the earliest deadline that Apple offers for this model.

    noticed_at: is brought up to date: a deadline is first seen now.
    """
    active = list(client.active(ENFORCEMENT))
    keys = [f"{one.identifier} {one.server_token}" for one in active]
    for key in noticed_at.keys() - set(keys):
        del noticed_at[key]
    for key in keys:
        noticed_at.setdefault(key, situation.now)
    pairs = zip(active, (noticed_at[key] for key in keys), strict=True)
    wishes = (_wish(one, noticed, situation) for one, noticed in pairs)
    return _first(wish for wish in wishes if wish is not None)


def _first(wishes: Iterable[Wish]) -> Wish | None:
    return min(wishes, key=lambda one: (one.deadline or "", one.declaration or ""), default=None)


def _wish(declaration: Declaration, noticed_at: datetime, situation: Situation) -> Wish | None:
    version = declaration.payload["TargetOSVersion"]
    day = situation.now.date()
    release = release_of(situation.releases, version, situation.product_name, day)
    if release is None or release.number <= situation.installed:
        return None
    written = declaration.payload["TargetLocalDateTime"]
    deadline = datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(situation.time_zone))
    came_late = max(noticed_at, situation.on_since or noticed_at)
    install_at = deadline if came_late <= deadline else came_late + _GRACE
    return Wish(release, install_at, written, declaration.identifier)
