"""The code that opens a device locked to somebody's Apple Account.

Not here: codes that the server makes itself, which never travel as a command.
"""

from profiles.commands.parameters import version
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import AnswerKind, Danger, Idempotency, SharedIpad

ACTIVATION_LOCK_BYPASS_CODE = CommandSpec(
    "ActivationLockBypassCode",
    version("7.1"),
    None,
    supervised=True,
    user_enrollment=False,
    shared_ipad=SharedIpad.FORBIDDEN,
    answer=AnswerKind.BYPASS_CODE,
    is_secret_answer=True,
    allowed_awaiting_configuration=True,
)

CLEAR_ACTIVATION_LOCK_BYPASS_CODE = CommandSpec(
    "ClearActivationLockBypassCode",
    version("7.1"),
    None,
    supervised=True,
    user_enrollment=False,
    shared_ipad=SharedIpad.FORBIDDEN,
    idempotent=Idempotency.NO,
    danger=Danger.DESTRUCTIVE,
    danger_reason="The device forgets its bypass code; a later activation lock may stay.",
    allowed_awaiting_configuration=True,
)

ACTIVATION_LOCK = (ACTIVATION_LOCK_BYPASS_CODE, CLEAR_ACTIVATION_LOCK_BYPASS_CODE)
