"""Managed Lost Mode: switch on and off, find, make heard."""

from profiles.commands.parameters import AtLeastOne, Kind, Parameter, version
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import AnswerKind, Danger, Proof


def _words(key: str) -> Parameter:
    return Parameter(key, Kind.STRING, at_least=1, is_personal=True)


ENABLE_LOST_MODE = CommandSpec(
    "EnableLostMode",
    version("9.3"),
    None,
    parameters=(_words("Message"), _words("PhoneNumber"), _words("Footnote")),
    rules=(AtLeastOne(("Message", "PhoneNumber")),),
    supervised=True,
    user_enrollment=False,
    danger=Danger.DISRUPTIVE,
    danger_reason="The device can be used for nothing until lost mode ends.",
    proof=Proof.BY_DEVICE_INFORMATION,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

DISABLE_LOST_MODE = CommandSpec(
    "DisableLostMode",
    version("9.3"),
    None,
    supervised=True,
    user_enrollment=False,
    danger=Danger.DISRUPTIVE,
    danger_reason="A lost device can be used again by whoever holds it.",
    proof=Proof.BY_DEVICE_INFORMATION,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

DEVICE_LOCATION = CommandSpec(
    "DeviceLocation",
    version("9.3"),
    None,
    supervised=True,
    user_enrollment=False,
    danger=Danger.PRIVACY,
    danger_reason="It tells where a pupil is; the device will say that it was asked.",
    answer=AnswerKind.LOCATION,
    is_secret_answer=True,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

PLAY_LOST_MODE_SOUND = CommandSpec(
    "PlayLostModeSound",
    version("10.3"),
    None,
    supervised=True,
    user_enrollment=False,
    danger=Danger.DISRUPTIVE,
    danger_reason="The device is loud until somebody stops it.",
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

LOST_MODE = (ENABLE_LOST_MODE, DISABLE_LOST_MODE, DEVICE_LOCATION, PLAY_LOST_MODE_SOUND)
