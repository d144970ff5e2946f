"""The people of a Shared iPad, and the end of Setup Assistant."""

from mdm.simulator.commands.outcome import DONE, Outcome
from mdm.simulator.errors import DeviceError
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles import plist
from profiles.commands.error_codes import MDM
from profiles.plist import PlistDict, WritableValue

_QUOTA_BYTES = 4_000_000_000
_USED_BYTES = 350_000_000


def user_list(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """List who has used this iPad."""
    listed: list[WritableValue] = [
        {
            "UserName": name,
            "IsLoggedIn": name == ipad.signed_in,
            "HasDataToSync": False,
            "DataQuota": _QUOTA_BYTES,
            "DataUsed": _USED_BYTES,
        }
        for name in ipad.users
    ]
    return Outcome({"Users": listed})


def log_out_user(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Sign the present person out."""
    ipad.signed_in = None
    ipad.tell_push()
    return DONE


def delete_user(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Delete one person's copy, or all."""
    if plist.boolean(asked, "DeleteAllUsers", default=False):
        names = [name for name in ipad.users if name != ipad.signed_in]
    else:
        names = [plist.text(asked, "UserName")]
    for name in names:
        _delete(ipad, name)
    return DONE


def _delete(ipad: SimulatedIpad, name: str) -> None:
    if name not in ipad.users:
        raise DeviceError(MDM, 12071, "no such person")
    if name == ipad.signed_in:
        raise DeviceError(MDM, 12072, "person is signed in")
    channel = ipad.users.pop(name)
    if channel is not None:
        ipad.environment.push.unregister(channel.token)
    ipad.profiles.forget_user(name)


def device_configured(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Leave Setup Assistant."""
    ipad.is_awaiting = channel.is_awaiting = False
    return DONE


def user_configured(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Let the signed-in person begin."""
    channel.is_awaiting = False
    return DONE
