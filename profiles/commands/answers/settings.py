"""The answer to Settings: one result per item, in the order of the items.

The command's own status does not tell whether a single setting was applied.
"""

from dataclasses import dataclass

from profiles import plist
from profiles.commands.answers.fields import Fields, Values
from profiles.commands.error_chain import ErrorChain, read_error_chain


@dataclass(frozen=True, slots=True)
class SettingResult:
    """What became of one item.

    is_applied: False also for an answer that cannot be read. identifier: of the app, if any.
    """

    is_applied: bool
    identifier: str | None = None
    error_chain: ErrorChain = ()


def read_settings_results(body: Values) -> tuple[SettingResult, ...]:
    """Read `Settings`.

    returns: one per item; a member that cannot be read keeps its place, since only the place
        says which setting it is about.
    raises: MalformedMessage, if it is missing or no array.
    """
    members = plist.array(body, "Settings")
    return tuple(_result(member) for member in members)


def _result(member: plist.PlistValue) -> SettingResult:
    fields = Fields(member if isinstance(member, dict) else {})
    return SettingResult(
        is_applied=fields.text("Status") == "Acknowledged",
        identifier=fields.text("Identifier"),
        error_chain=read_error_chain(fields.values.get("ErrorChain")),
    )
