"""What managed apps were given and tell back: attributes, configuration, feedback."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from profiles import plist
from profiles.commands.answers.fields import Fields, Listing, Values, read_list


@dataclass(frozen=True, slots=True)
class AppDetails:
    """content: the attributes, the configuration or the feedback; it may hold secrets."""

    identifier: str
    content: Mapping[str, plist.PlistValue] = field(repr=False)


def read_app_attributes(body: Values) -> Listing[AppDetails]:
    """Read `ApplicationAttributes`. raises: MalformedMessage."""
    return read_list(body, "ApplicationAttributes", _details("Attributes"))


def read_app_configurations(body: Values) -> Listing[AppDetails]:
    """Read `ApplicationConfigurations`. raises: MalformedMessage."""
    return read_list(body, "ApplicationConfigurations", _details("Configuration"))


def read_app_feedback(body: Values) -> Listing[AppDetails]:
    """Read `ManagedApplicationFeedback`. raises: MalformedMessage."""
    return read_list(body, "ManagedApplicationFeedback", _details("Feedback"))


def _details(key: str) -> Callable[[Fields], AppDetails | None]:
    def read(fields: Fields) -> AppDetails | None:
        identifier = fields.text("Identifier")
        return None if identifier is None else AppDetails(identifier, fields.dictionary(key))

    return read
