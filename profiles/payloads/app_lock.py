"""The app lock payload: single app mode, one app and nothing else.

Here: the app and what is switched off or on beside it. Not here: that the app must be installed
first, and that every lock needs an end (policies). A lock to a missing app leaves an iPad that
nobody can use; it also keeps the network profile it needs to hear of the end.

source: Apple, "AppLock" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from profiles.configuration_profile import Payload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_app, stated

PAYLOAD_TYPE = "com.apple.app.lock"


class LockOption(Enum):
    """What the lock itself switches; the value is Apple's key."""

    NO_TOUCH = "DisableTouch"
    NO_ROTATION = "DisableDeviceRotation"
    NO_VOLUME_BUTTONS = "DisableVolumeButtons"
    NO_RINGER_SWITCH = "DisableRingerSwitch"
    NO_SLEEP_BUTTON = "DisableSleepWakeButton"
    NO_AUTO_LOCK = "DisableAutoLock"
    VOICE_OVER = "EnableVoiceOver"
    ZOOM = "EnableZoom"
    INVERTED_COLORS = "EnableInvertColors"
    ASSISTIVE_TOUCH = "EnableAssistiveTouch"
    SPEAK_SELECTION = "EnableSpeakSelection"
    MONO_AUDIO = "EnableMonoAudio"
    VOICE_CONTROL = "EnableVoiceControl"


class UserOption(Enum):
    """What the person at the iPad may switch; the value is Apple's key."""

    VOICE_OVER = "VoiceOver"
    ZOOM = "Zoom"
    INVERTED_COLORS = "InvertColors"
    ASSISTIVE_TOUCH = "AssistiveTouch"
    VOICE_CONTROL = "VoiceControl"


@dataclass(frozen=True, slots=True)
class AppLock:
    """One app in front of everything.

    bundle_id: of an app that is on the iPad already.
    raises: InvalidPayload.
    """

    bundle_id: str
    options: frozenset[LockOption] = frozenset()
    user_options: frozenset[UserOption] = frozenset()

    def __post_init__(self) -> None:
        require_app("App.Identifier", self.bundle_id)


def app_lock_payload(lock: AppLock, identifier: str, display_name: str = "Einzelne App") -> Payload:
    """Write the lock as a payload; only what is switched on is written."""
    app = {
        "Identifier": lock.bundle_id,
        "Options": {option.value: True for option in LockOption if option in lock.options},
        "UserEnabledOptions": {
            option.value: True for option in UserOption if option in lock.user_options
        },
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, {"App": stated(app)})
