"""The command that starts declarative management, and later says: compare and fetch.

Not here: the declarations (profiles.declarations).
"""

from profiles.commands.parameters import Kind, Parameter, version
from profiles.commands.specification import BOTH_CHANNELS, CommandSpec
from profiles.commands.vocabulary import Proof

DECLARATIVE_MANAGEMENT = CommandSpec(
    "DeclarativeManagement",
    version("15.0"),
    version("16.0"),
    parameters=(Parameter("Data", Kind.DATA, at_least=1),),
    channels=BOTH_CHANNELS,
    proof=Proof.BY_STATUS_REPORT,
    allowed_awaiting_configuration=True,
)

DECLARATIVE = (DECLARATIVE_MANAGEMENT,)
