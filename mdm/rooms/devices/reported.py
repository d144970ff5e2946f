"""Loading what devices reported, as plans need it: the room's query of facts.

Here: items to policies.reported, in one statement for any number of enrollments.
Not here: writing items (reports.py), showing them to people (report_queries.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select

from mdm.base.db import Tx
from mdm.rooms.devices.models import ReportedItem
from mdm.rooms.devices.reports import REPORT
from policies.actions import QueryKind
from policies.reported import AppStatus, Report, ReportedApp, ReportedProfile, ReportedState
from policies.wishes import ProfileKind

PROFILE = "profile"
APP = "app"
MANAGED_APP = "managed_app"
CERTIFICATE = "certificate"
FACT = "fact"
DEVICE_NAME = "device_name"

# What a payload makes of its profile, the most telling first.
_KINDS = {
    "com.apple.wifi.managed": ProfileKind.WIFI,
    "com.apple.applicationaccess": ProfileKind.RESTRICTIONS,
    "com.apple.security.root": ProfileKind.CERTIFICATE,
    "com.apple.security.pem": ProfileKind.CERTIFICATE,
    "com.apple.security.pkcs1": ProfileKind.CERTIFICATE,
    "com.apple.security.pkcs12": ProfileKind.CERTIFICATE,
}


@dataclass(frozen=True, slots=True)
class Reported:
    """What one enrollment reported.

    payload_types: by profile identifier; without the profiles whose content was not visible.
    """

    state: ReportedState = field(default_factory=ReportedState)
    payload_types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Item(NamedTuple):
    """One reported thing."""

    enrollment_id: int
    kind: str
    subject: str
    value: Mapping[str, Any]
    observed_at: datetime


def items(tx: Tx, enrollment_ids: Collection[int]) -> dict[int, list[Item]]:
    """Load what plans depend on; enrollments that said nothing are absent."""
    columns = ReportedItem
    query = (
        select(
            columns.enrollment_id,
            columns.kind,
            columns.subject,
            columns.value,
            columns.observed_at,
        )
        .where(
            columns.enrollment_id.in_(enrollment_ids),
            or_(
                columns.kind.in_([PROFILE, APP, MANAGED_APP, REPORT]),
                and_(columns.kind == FACT, columns.subject == DEVICE_NAME),
            ),
        )
        .order_by(columns.enrollment_id, columns.kind, columns.subject)
    )
    found = (Item(*row) for row in tx.execute(query))
    return {number: list(group) for number, group in groupby(found, lambda i: i.enrollment_id)}


def reported(found: Sequence[Item]) -> Reported:
    """Put together what one enrollment reported."""
    by_kind: dict[str, dict[str, Item]] = {}
    for item in found:
        by_kind.setdefault(item.kind, {})[item.subject] = item
    reports = _reports(by_kind.get(REPORT, {}))
    name = by_kind.get(FACT, {}).get(DEVICE_NAME)
    profiles = by_kind.get(PROFILE, {})
    state = ReportedState(
        profiles={key: _profile(item) for key, item in profiles.items()},
        apps=_apps(by_kind.get(APP, {}), by_kind.get(MANAGED_APP, {}), reports),
        reports=reports,
        device_name=None if name is None else str(name.value.get("value")),
    )
    return Reported(state, _payload_types(profiles))


def _reports(found: Mapping[str, Item]) -> dict[QueryKind, Report]:
    known = set(QueryKind)
    return {
        QueryKind(kind): Report(item.observed_at, item.value.get("complete") is True)
        for kind, item in found.items()
        if kind in known
    }


def _profile(item: Item) -> ReportedProfile:
    managed = item.value.get("managed")
    return ReportedProfile(
        identifier=item.subject,
        uuid=str(item.value.get("uuid") or ""),
        observed_at=item.observed_at,
        managed=managed if isinstance(managed, bool) else None,
        kind=_kind(item.value.get("payload_types")),
    )


def _kind(payload_types: Sequence[str] | None) -> ProfileKind | None:
    if not payload_types:
        return None
    return next((kind for name, kind in _KINDS.items() if name in payload_types), ProfileKind.OTHER)


def _payload_types(found: Mapping[str, Item]) -> dict[str, tuple[str, ...]]:
    return {
        key: tuple(item.value["payload_types"])
        for key, item in found.items()
        if item.value.get("payload_types")
    }


def _apps(
    installed: Mapping[str, Item],
    managed: Mapping[str, Item],
    reports: Mapping[QueryKind, Report],
) -> dict[str, ReportedApp]:
    lists = (
        (installed, reports.get(QueryKind.INSTALLED_APPLICATIONS)),
        (managed, reports.get(QueryKind.MANAGED_APPLICATIONS)),
    )
    return {
        identifier: _app(identifier, installed.get(identifier), managed.get(identifier), lists)
        for identifier in sorted({*installed, *managed})
    }


def _app(
    identifier: str,
    installed: Item | None,
    managed: Item | None,
    lists: tuple[tuple[Mapping[str, Item], Report | None], ...],
) -> ReportedApp:
    seen = [_seen_at(identifier, listed, report) for listed, report in lists]
    status = managed.value.get("status") if managed is not None else None
    return ReportedApp(
        identifier=identifier,
        observed_at=min(at for at in seen if at is not None),
        installed=installed is not None,
        installing=installed is not None and installed.value.get("installing") is True,
        status=AppStatus(status) if status is not None else None,
    )


def _seen_at(identifier: str, listed: Mapping[str, Item], report: Report | None) -> datetime | None:
    """When a list last told about an app: that it is there, or that it is not."""
    if identifier in listed:
        return listed[identifier].observed_at
    return report.observed_at if report is not None and report.complete else None
