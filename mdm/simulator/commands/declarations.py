"""The command DeclarativeManagement: it switches declarations on, and later says: compare.

Not here: what follows once it is answered (mdm.simulator.declarative.conversation).

source: Apple, "Declarative management".
"""

from mdm.simulator.commands.outcome import DONE, Outcome
from mdm.simulator.declarative.client import DeclarativeClient
from mdm.simulator.declarative.synchronising import hear_tokens
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles import plist
from profiles.plist import PlistDict


def declarative_management(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Switch declarations on, or note what the server says of them."""
    if channel.declarative is None:
        channel.declarative = DeclarativeClient()
    hear_tokens(ipad, channel.declarative, plist.optional_data(asked, "Data"))
    return DONE
