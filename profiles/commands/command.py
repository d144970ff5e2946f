"""A command ready to be queued: RequestType and checked parameters.

Here: `Command`, `build`. Not here: its bytes (wire.py), whether a device may get it
(applicability.py), how dangerous it is (danger.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from profiles import plist
from profiles.commands.catalogue import spec_of
from profiles.commands.checking import check_keys
from profiles.commands.parameters import Kind, Parameter
from profiles.commands.specification import CommandSpec
from profiles.errors import InvalidCommand, MalformedMessage

DEEPEST_CONFIGURATION = 32

# Any command may carry it; the device then refuses unless it is on a cable.
NETWORK_TETHER = Parameter("RequestRequiresNetworkTether", Kind.BOOLEAN)

_NOTHING: Mapping[str, plist.PlistValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Command:
    """What goes into `Command` of an answer to a device.

    parameters: key → value beside RequestType. Not shown by `repr`: it may hold secrets.
    Only `build` checks; a command that was read from the wire is taken as it is.
    """

    request_type: str
    parameters: Mapping[str, plist.PlistValue] = field(default_factory=lambda: _NOTHING, repr=False)


def build(request_type: str, parameters: Mapping[str, plist.PlistValue] = _NOTHING) -> Command:
    """Check a command and make it.

    parameters: are copied; later changes by the caller do not reach the command.
    raises: UnknownCommand; InvalidCommand with the path of the first wrong field and, where
        there is one, the next step.
    """
    spec = spec_of(request_type)
    check_keys(parameters, all_parameters(spec), spec.rules)
    copied = {key: _copied(value, key, 0) for key, value in parameters.items()}
    try:
        plist.write(copied)
    except MalformedMessage as error:
        raise InvalidCommand(error.field, error.problem, "change it") from error
    return Command(request_type, MappingProxyType(copied))


def all_parameters(spec: CommandSpec) -> tuple[Parameter, ...]:
    """List the keys that a command may have, with those that every command may have."""
    return (*spec.parameters, NETWORK_TETHER)


def _copied(value: plist.PlistValue, path: str, depth: int) -> plist.PlistValue:
    if depth > DEEPEST_CONFIGURATION:
        raise InvalidCommand(path, "nested too deeply", f"at most {DEEPEST_CONFIGURATION} levels")
    # The path stops growing at the top key: keys of an app's own configuration are not logged.
    if isinstance(value, list):
        return [_copied(member, path, depth + 1) for member in value]
    if isinstance(value, Mapping):
        return {key: _copied(content, path, depth + 1) for key, content in value.items()}
    return value
