"""What a device said about itself, item by item, each with the time of observation.

Here: reported values, and what their absence tells. Not here: what should be there
(policies.desired), which command an observation proves (policies.proof).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from policies.actions import QueryKind
from policies.declared import NOT_DECLARED, DeclaredFacts
from policies.wishes import ProfileKind


class AppStatus(StrEnum):
    """What ManagedApplicationList says about an app, as far as it changes what we do."""

    MANAGED = "managed"
    UNDER_WAY = "under_way"  # queued, redeeming, prompting, updating, installing …
    MANAGED_BUT_UNINSTALLED = "managed_but_uninstalled"
    USER_INSTALLED = "user_installed"
    FAILED = "failed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ReportedProfile:
    """managed: None where the device does not say (supervised ones leave the flag out).

    kind: None where the content is not visible; such a profile may carry a network.
    """

    identifier: str
    uuid: str
    observed_at: datetime
    managed: bool | None = None
    kind: ProfileKind | None = None


@dataclass(frozen=True, slots=True)
class ReportedApp:
    """One app out of the list of installed and the list of managed apps.

    status: None while the list of managed apps did not mention it.
    observed_at: the older of the observations that the values rest on.
    """

    identifier: str
    observed_at: datetime
    installed: bool = False
    installing: bool = False
    status: AppStatus | None = None

    @property
    def is_settled(self) -> bool:
        """Installed, nothing under way, and ours."""
        return self.installed and not self.installing and self.status is AppStatus.MANAGED


@dataclass(frozen=True, slots=True)
class Report:
    """An answer to one query. complete: everything was listed, so absence is proof."""

    observed_at: datetime
    complete: bool = True


class Presence(StrEnum):
    """What reports tell about one item. Absence is proof only in a complete answer."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ReportedState:
    """The last word of a device on everything, in this enrollment.

    profiles: by identifier. apps: by bundle identifier. reports: last answer for each query.
    declared: what it knows and says of its declarations.
    """

    profiles: Mapping[str, ReportedProfile] = field(default_factory=dict)
    apps: Mapping[str, ReportedApp] = field(default_factory=dict)
    reports: Mapping[QueryKind, Report] = field(default_factory=dict)
    device_name: str | None = None
    declared: DeclaredFacts = NOT_DECLARED

    def observed_at(self, query: QueryKind) -> datetime | None:
        """When a query was last answered, None if never."""
        report = self.reports.get(query)
        return None if report is None else report.observed_at

    def profile_presence(self, identifier: str) -> Presence:
        if identifier in self.profiles:
            return Presence.PRESENT
        return self._absence(QueryKind.PROFILE_LIST)

    def app_presence(self, identifier: str) -> Presence:
        app = self.apps.get(identifier)
        if app is not None and app.installed:
            return Presence.PRESENT
        return self._absence(QueryKind.INSTALLED_APPLICATIONS)

    def _absence(self, query: QueryKind) -> Presence:
        report = self.reports.get(query)
        return Presence.ABSENT if report is not None and report.complete else Presence.UNKNOWN
