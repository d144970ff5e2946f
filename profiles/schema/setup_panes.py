"""The panes of Setup Assistant by Apple's names: what is known, with first and last versions.

Here: data for pages that offer a choice. Unknown names are no error, since every autumn brings
new panes: devices pass over what they do not know.

source: Apple, "SkipKeys".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from profiles.schema.os_version import OsVersion

# Name, first version, and the version since when it is deprecated or gone.
# `early`: shown before an iPad has asked for its profile, so not always left out.
_TABLE = """
AccessibilityAppearance      17
ActionButton                 17
Android                      9
Appearance                   13
AppleID                      7
AppStore                     14.3
Biometric                    8.1
CameraButton                 18
DeviceToDeviceMigration      12.4
Diagnostics                  7
DisplayTone                  9.3.2   15
EnableLockdownMode           17.1
HomeButtonSensitivity        10      15
iMessageAndFaceTime          12
Intelligence                 18
Keyboard                     13      -   early
LiquidGlass                  27
Location                     7
MessagingActivationUsingPhoneNumber 10
Multitasking                 26
OnBoarding                   11      14
OSShowcase                   26
Passcode                     7
Payment                      8.1
Privacy                      11.3
Restore                      7
RestoreCompleted             14
Safety                       16
SafetyAndHandling            18.4    -   early
ScreenTime                   12
SIMSetup                     12
Siri                         7
SoftwareUpdate               12
SpokenLanguage               13      -   early
TermsOfAddress               16      -   early
TOS                          7
UpdateCompleted              14
WatchMigration               11
WebContentFiltering          18.2    26.1
Welcome                      13
Zoom                         8.3     17
"""


@dataclass(frozen=True, slots=True)
class SetupPane:
    """One pane of iPadOS.

    deprecated: or gone, since then. is_early: may be shown before the iPad has its profile.
    """

    name: str
    since: OsVersion
    deprecated: OsVersion | None = None
    is_early: bool = False


def _pane(line: str) -> SetupPane:
    name, since, *further = line.split()
    ends = [OsVersion.parse(word) for word in further if word[0].isdigit()]
    return SetupPane(name, OsVersion.parse(since), ends[0] if ends else None, "early" in further)


SETUP_PANES: Mapping[str, SetupPane] = {
    pane.name: pane for pane in map(_pane, _TABLE.strip().splitlines())
}


def panes_on(version: OsVersion) -> list[SetupPane]:
    """List the panes that an iPad of this version knows, by name, without deprecated ones."""
    return [
        pane
        for pane in SETUP_PANES.values()
        if pane.since <= version and (pane.deprecated is None or version < pane.deprecated)
    ]
