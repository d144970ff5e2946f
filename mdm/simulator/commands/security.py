"""Protection: SecurityInfo, locking, the passcode, activation lock."""

import hmac
from functools import partial

from mdm.simulator.commands.outcome import DONE, Outcome
from mdm.simulator.errors import DeviceError
from mdm.simulator.exchange import Conversation
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from mdm.simulator.rules_in_force import passcode_rule
from profiles import plist
from profiles.commands.error_codes import MDM
from profiles.plist import PlistDict, WritableValue

_BLOCK_AND_FILE = 3


def security_info(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Tell how the iPad is protected."""
    is_compliant = passcode_rule(ipad).is_met_by(ipad.passcode)
    info: dict[str, WritableValue] = {
        "HardwareEncryptionCaps": _BLOCK_AND_FILE,
        "PasscodePresent": ipad.passcode is not None,
        "PasscodeCompliant": is_compliant,
        "PasscodeCompliantWithProfiles": is_compliant,
        "ManagementStatus": {"IsUserEnrollment": False},
    }
    return Outcome({"SecurityInfo": info})


def device_lock(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Lock; without a passcode the screen merely turns dark."""
    if ipad.lost_message is not None:
        return Outcome({"MessageResult": "DeviceInLostMode"})
    ipad.is_screen_locked = True
    has_words = "Message" in asked or "PhoneNumber" in asked
    result = "Success" if ipad.passcode is not None else "NoPasscodeSet"
    return Outcome({"MessageResult": result} if has_words else {})


def clear_passcode(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Remove the passcode, if the server has the right unlock token."""
    if not hmac.compare_digest(plist.data(asked, "UnlockToken"), ipad.unlock_token):
        raise DeviceError(MDM, 12017, "unlock token does not fit")
    ipad.set_passcode(None)
    return DONE


def bypass_code(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Tell the code that opens an activation lock, while the iPad still knows it."""
    code = ipad.bypass_code
    return Outcome({"ActivationLockBypassCode": code} if code else {})


def clear_bypass_code(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Forget the code."""
    ipad.bypass_code = None
    return DONE


def erase_device(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Erase, once the answer has left; it is sent once and never again."""
    again = plist.optional_dictionary(asked, "ReturnToService") or {}
    profile = None
    if plist.boolean(again, "Enabled", default=False):
        profile = plist.optional_data(again, "MDMProfileData")
        if plist.optional_data(again, "WiFiProfileData") is None and not ipad.hardware.has_cellular:
            raise DeviceError(MDM, 12008, "return to service needs a network")
    return Outcome(after=partial(_erase, ipad, profile), is_sent_once=True)


def _erase(ipad: SimulatedIpad, profile: bytes | None) -> Conversation[None]:
    ipad.erase(profile)
    yield from ()


def restart_device(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Restart, once the answer has left."""
    return Outcome(after=partial(_go_off, ipad, False), is_sent_once=True)


def shut_down_device(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Shut down, once the answer has left."""
    return Outcome(after=partial(_go_off, ipad, True), is_sent_once=True)


def _go_off(ipad: SimulatedIpad, stays_off: bool) -> Conversation[None]:
    if stays_off:
        ipad.shut_down()
    else:
        ipad.restart()
    yield from ()
