"""Showing the screen on another device, and ending that."""

from profiles.commands.parameters import ExactlyOne, Form, Kind, Parameter, version
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import AnswerKind, Danger, Idempotency

SHORTEST_SCAN_S = 10
LONGEST_SCAN_S = 300

REQUEST_MIRRORING = CommandSpec(
    "RequestMirroring",
    version("7.0"),
    None,
    parameters=(
        Parameter("DestinationName", Kind.STRING, at_least=1),
        Parameter("DestinationDeviceID", Kind.STRING, form=Form.MAC_ADDRESS),
        Parameter("ScanTime", Kind.INTEGER, at_least=SHORTEST_SCAN_S, at_most=LONGEST_SCAN_S),
        Parameter("Password", Kind.STRING, at_least=1, is_secret=True),
    ),
    rules=(ExactlyOne(("DestinationName", "DestinationDeviceID")),),
    idempotent=Idempotency.MOSTLY,
    danger=Danger.PRIVACY,
    danger_reason="Others see what is on the screen.",
    answer=AnswerKind.MIRRORING,
)

STOP_MIRRORING = CommandSpec(
    "StopMirroring",
    version("7.0"),
    None,
    supervised=True,
    user_enrollment=False,
    idempotent=Idempotency.MOSTLY,
    danger=Danger.DISRUPTIVE,
    danger_reason="A presentation ends.",
)

MIRRORING = (REQUEST_MIRRORING, STOP_MIRRORING)
