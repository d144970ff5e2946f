"""Collecting logs for Apple's support.

Apple documents neither supervision nor rights for these two; what is unknown is assumed in the
narrow sense: supervised devices, device channel, no User Enrollment.
"""

from profiles.commands.parameters import Kind, Parameter, version
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import Danger, Idempotency

_TOKEN = Parameter("AppleCareToken", Kind.STRING, required=True, at_least=1, is_secret=True)

TRIGGER_ENHANCED_LOG_COLLECTION = CommandSpec(
    "TriggerEnhancedLogCollection",
    version("27.0"),
    None,
    parameters=(_TOKEN,),
    supervised=True,
    user_enrollment=False,
    idempotent=Idempotency.MOSTLY,
    danger=Danger.PRIVACY,
    danger_reason="Logs show what a person did; they go to Apple's support.",
)

CANCEL_ENHANCED_LOG_COLLECTION = CommandSpec(
    "CancelEnhancedLogCollection",
    version("27.0"),
    None,
    parameters=(_TOKEN,),
    supervised=True,
    user_enrollment=False,
    idempotent=Idempotency.MOSTLY,
)

LOGS = (TRIGGER_ENHANCED_LOG_COLLECTION, CANCEL_ENHANCED_LOG_COLLECTION)
