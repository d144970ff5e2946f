"""Setup Assistant: let the device, or the person at a Shared iPad, go on.

Also here: refreshing an eSIM's plan, which belongs to getting a device ready.
"""

from profiles.commands.parameters import Form, Kind, Parameter, version
from profiles.commands.specification import USER_ONLY, CommandSpec
from profiles.commands.vocabulary import Danger, Idempotency, Proof, SharedIpad

DEVICE_CONFIGURED = CommandSpec(
    "DeviceConfigured",
    version("9.0"),
    version("10.2"),
    supervised=True,
    ade_only=True,
    user_enrollment=False,
    proof=Proof.BY_DEVICE_INFORMATION,
    allowed_awaiting_configuration=True,
)

USER_CONFIGURED = CommandSpec(
    "UserConfigured",
    version("17.0"),
    None,
    supervised=True,
    ade_only=True,
    channels=USER_ONLY,
    user_enrollment=False,
    shared_ipad=SharedIpad.REQUIRED,
    proof=Proof.BY_DEVICE_INFORMATION,
    allowed_awaiting_configuration=True,
)

REFRESH_CELLULAR_PLANS = CommandSpec(
    "RefreshCellularPlans",
    version("13.0"),
    None,
    parameters=(Parameter("eSIMServerURL", Kind.STRING, required=True, form=Form.HTTPS_URL),),
    user_enrollment=False,
    idempotent=Idempotency.MOSTLY,
    danger=Danger.DISRUPTIVE,
    danger_reason="The device may lose its mobile connection while its plan changes.",
    proof=Proof.BY_DEVICE_INFORMATION,
)

SETUP = (DEVICE_CONFIGURED, USER_CONFIGURED, REFRESH_CELLULAR_PLANS)
