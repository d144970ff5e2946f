"""Managed Lost Mode: on, off, where, and a sound."""

from mdm.simulator.commands.outcome import DONE, Outcome
from mdm.simulator.errors import DeviceError
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles import plist
from profiles.commands.error_codes import MDM
from profiles.plist import PlistDict

# A place in the sea off Heligoland: no school, no home.
_LATITUDE, _LONGITUDE = 54.3, 7.7


def enable(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Show the words and nothing else."""
    words = plist.optional_text(asked, "Message") or plist.optional_text(asked, "PhoneNumber")
    if words is None:
        raise DeviceError(MDM, 12069, "neither message nor phone number")
    ipad.lost_message = words
    return DONE


def disable(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """End lost mode."""
    _require_lost(ipad)
    ipad.lost_message = None
    return DONE


def location(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Tell where the iPad is."""
    _require_lost(ipad)
    return Outcome(
        {
            "Latitude": _LATITUDE,
            "Longitude": _LONGITUDE,
            "HorizontalAccuracy": 65.0,
            "VerticalAccuracy": -1.0,
            "Altitude": 0.0,
            "Speed": -1.0,
            "Course": -1.0,
            "Timestamp": ipad.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )


def play_sound(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Make a noise that nobody hears."""
    _require_lost(ipad)
    return DONE


def _require_lost(ipad: SimulatedIpad) -> None:
    if ipad.lost_message is None:
        raise DeviceError(MDM, 12067, "not in lost mode")
