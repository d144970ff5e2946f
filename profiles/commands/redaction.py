"""A command without its secrets, for logs and pages.

Here: what to hide, as the catalogue marks it. Not here: sealing secrets at rest.
"""

from collections.abc import Mapping

from profiles import plist
from profiles.commands.catalogue import CATALOGUE
from profiles.commands.command import Command, all_parameters
from profiles.commands.parameters import Parameter
from profiles.commands.walking import keys_of, walk

SECRET = "[secret]"  # noqa: S105 -- the word that stands in a secret's place
PERSONAL = "[personal]"


def redacted(command: Command) -> dict[str, plist.PlistValue]:
    """Copy a command's parameters with words in place of secrets and of personal data.

    Keys that the catalogue does not know, and unknown commands, are hidden entirely.
    """
    spec = CATALOGUE.get(command.request_type)
    return _dictionary(command.parameters, all_parameters(spec) if spec else ())


def secret_fields(command: Command) -> tuple[str, ...]:
    """List the paths of a command's secrets, such as `ReturnToService.MDMProfileData`.

    A command that has any is sealed in the queue and wiped when it is finished.
    """
    spec = CATALOGUE.get(command.request_type)
    visits = walk(command.parameters, all_parameters(spec) if spec else ())
    return tuple(visit.path for visit in visits if visit.parameter.is_secret)


def _dictionary(
    values: Mapping[str, plist.PlistValue], parameters: tuple[Parameter, ...]
) -> dict[str, plist.PlistValue]:
    known = {parameter.key: parameter for parameter in parameters}
    return {key: _shown(value, known.get(key)) for key, value in values.items()}


def _shown(value: plist.PlistValue, parameter: Parameter | None) -> plist.PlistValue:
    if parameter is None or parameter.is_secret:
        return SECRET
    if parameter.is_personal:
        return PERSONAL
    if isinstance(value, list):
        return [_shown(member, parameter.item) for member in value]
    if isinstance(value, Mapping):
        return _dictionary(value, keys_of(value, parameter))
    return value
