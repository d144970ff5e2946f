"""The notifications payload: what each app may show, and where.

Here: one entry per app; the person at the iPad cannot change those. Not here: the restriction
that forbids changes for all apps. Apps need not be installed yet.

source: Apple, "Notifications" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from profiles.configuration_profile import Payload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_app, require_distinct, require_some, stated

PAYLOAD_TYPE = "com.apple.notificationsettings"


class Alert(Enum):
    """How a notification appears on an unlocked iPad."""

    NONE = 0
    BANNER = 1
    PERSISTENT = 2


class Grouping(Enum):
    """How notifications of an app are put together."""

    AUTOMATIC = 0
    BY_APP = 1
    OFF = 2


class Preview(Enum):
    """When the text of a notification may be read."""

    ALWAYS = 0
    UNLOCKED = 1
    NEVER = 2


@dataclass(frozen=True, slots=True)
class AppNotifications:
    """What one app may show.

    preview: None: as the person chooses; since iPadOS 14.
    critical_alerts: may break through silence.
    raises: InvalidPayload.
    """

    bundle_id: str
    enabled: bool = True
    in_notification_center: bool = True
    on_lock_screen: bool = True
    alert: Alert = Alert.BANNER
    badges: bool = True
    sounds: bool = True
    in_car: bool = True
    critical_alerts: bool = False
    grouping: Grouping = Grouping.AUTOMATIC
    preview: Preview | None = None

    def __post_init__(self) -> None:
        require_app("NotificationSettings.BundleIdentifier", self.bundle_id)


def notifications_payload(
    apps: tuple[AppNotifications, ...], identifier: str, display_name: str = "Mitteilungen"
) -> Payload:
    """Write the settings of several apps as a payload.

    raises: InvalidPayload when there is none, or an app comes twice.
    """
    require_some("NotificationSettings", apps, "give at least one app")
    require_distinct("NotificationSettings", (app.bundle_id for app in apps))
    content = {"NotificationSettings": [_of_app(app) for app in apps]}
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, content)


def _of_app(app: AppNotifications) -> dict[str, Any]:
    return stated(
        {
            "BundleIdentifier": app.bundle_id,
            "NotificationsEnabled": app.enabled,
            "ShowInNotificationCenter": app.in_notification_center,
            "ShowInLockScreen": app.on_lock_screen,
            "AlertType": app.alert,
            "BadgesEnabled": app.badges,
            "SoundsEnabled": app.sounds,
            "ShowInCarPlay": app.in_car,
            "CriticalAlertEnabled": app.critical_alerts,
            "GroupingType": app.grouping,
            "PreviewType": app.preview,
        }
    )
