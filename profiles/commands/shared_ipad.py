"""The people of a Shared iPad: list, sign out, delete.

Not here: its settings (settings_items.py), the end of a person's setup (setup.py).
"""

from profiles.commands.parameters import (
    Kind,
    Parameter,
    RequiredUnless,
    flag,
    since,
    version,
)
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import AnswerKind, Danger, Idempotency, Proof, SharedIpad

USER_LIST = CommandSpec(
    "UserList",
    version("9.3"),
    None,
    user_enrollment=False,
    shared_ipad=SharedIpad.REQUIRED,
    answer=AnswerKind.USERS,
    allowed_awaiting_configuration=True,
)

LOG_OUT_USER = CommandSpec(
    "LogOutUser",
    version("9.3"),
    None,
    user_enrollment=False,
    shared_ipad=SharedIpad.REQUIRED,
    idempotent=Idempotency.MOSTLY,
    danger=Danger.DISRUPTIVE,
    danger_reason="Whoever works on the device is signed out.",
    proof=Proof.BY_USER_LIST,
)

DELETE_USER = CommandSpec(
    "DeleteUser",
    version("9.3"),
    None,
    parameters=(
        Parameter("UserName", Kind.STRING, at_least=1, is_personal=True),
        flag("ForceDeletion"),
        flag("DeleteAllUsers", demand=since("14.0")),
    ),
    rules=(RequiredUnless("UserName", "DeleteAllUsers"),),
    user_enrollment=False,
    shared_ipad=SharedIpad.REQUIRED,
    idempotent=Idempotency.NO,
    danger=Danger.DISRUPTIVE,
    danger_reason="The person's copy on this device goes; what is in iCloud stays.",
    proof=Proof.BY_USER_LIST,
)

SHARED_IPAD = (USER_LIST, LOG_OUT_USER, DELETE_USER)
