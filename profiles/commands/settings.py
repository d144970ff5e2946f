"""The Settings command: several settings in one go, each with a result of its own.

Not here: the items (settings_items.py), reading the results (answers/settings.py).
"""

from profiles.commands.parameters import Kind, Parameter, version
from profiles.commands.settings_items import SETTINGS_ITEMS
from profiles.commands.specification import BOTH_CHANNELS, CommandSpec
from profiles.commands.vocabulary import AccessRight, AnswerKind, Proof

SETTINGS_COMMAND = CommandSpec(
    "Settings",
    version("5.0"),
    version("9.0"),
    parameters=(
        Parameter(
            "Settings",
            Kind.ARRAY,
            required=True,
            at_least=1,
            item=Parameter("", Kind.DICTIONARY, variants=SETTINGS_ITEMS),
        ),
    ),
    access_right=AccessRight.ALLOW_SETTINGS,
    channels=BOTH_CHANNELS,
    answer=AnswerKind.SETTINGS,
    proof=Proof.BY_SETTINGS_RESULT,
    allowed_awaiting_configuration=True,
)

SETTINGS = (SETTINGS_COMMAND,)
