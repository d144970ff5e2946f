"""Every command that iPadOS or tvOS accepts, by its RequestType.

Here: joining the families. Not here: building a command (command.py), judging whether a device
may get it (applicability.py), how dangerous it is with its parameters (danger.py).

Left out on purpose: what only Macs know, and RequestUnlockToken, which ended with iOS 6.
"""

from collections.abc import Mapping
from types import MappingProxyType

from profiles.commands.activation_lock import ACTIVATION_LOCK
from profiles.commands.apps import APPS
from profiles.commands.books import BOOKS
from profiles.commands.declarative import DECLARATIVE
from profiles.commands.logs import LOGS
from profiles.commands.lost_mode import LOST_MODE
from profiles.commands.mirroring import MIRRORING
from profiles.commands.power import POWER
from profiles.commands.profile_commands import PROFILE_COMMANDS
from profiles.commands.queries import QUERIES
from profiles.commands.security import SECURITY
from profiles.commands.settings import SETTINGS
from profiles.commands.setup import SETUP
from profiles.commands.shared_ipad import SHARED_IPAD
from profiles.commands.software_update import SOFTWARE_UPDATE
from profiles.commands.specification import CommandSpec
from profiles.errors import UnknownCommand

_FAMILIES = (
    QUERIES,
    PROFILE_COMMANDS,
    APPS,
    BOOKS,
    SECURITY,
    POWER,
    LOST_MODE,
    ACTIVATION_LOCK,
    SETUP,
    SHARED_IPAD,
    MIRRORING,
    SOFTWARE_UPDATE,
    SETTINGS,
    DECLARATIVE,
    LOGS,
)

CATALOGUE: Mapping[str, CommandSpec] = MappingProxyType(
    {spec.request_type: spec for family in _FAMILIES for spec in family}
)


def spec_of(request_type: str) -> CommandSpec:
    """Look a RequestType up.

    raises: UnknownCommand.
    """
    spec = CATALOGUE.get(request_type)
    if spec is None:
        raise UnknownCommand(request_type)
    return spec
