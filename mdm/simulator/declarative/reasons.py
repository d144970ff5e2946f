"""Why a declaration or a status item is not as asked for, in the iPad's words.

source: Apple, schema "Status Reason", and the reasons of declarations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

ASSET_NOT_DOWNLOADED = "Error.AssetCannotBeDownloaded"
ASSET_NOT_VERIFIED = "Error.AssetCannotBeVerified"
ASSET_NOT_READ = "Error.AssetCannotBeDeserialized"
NOT_APPLIED = "Error.ConfigurationCannotBeApplied"
FAILED = "Error.ConfigurationFailed"
INVALID_CONFIGURATION = "Error.ConfigurationIsInvalid"
NOT_SUPPORTED = "Error.ConfigurationNotSupported"
INVALID_PAYLOAD = "Error.InvalidPayload"
MISSING_ASSETS = "Error.MissingAssets"
MISSING_CONFIGURATIONS = "Error.MissingConfigurations"
NOT_EVALUATED = "Error.UnableToEvaluatePredicate"
NOT_PARSED = "Error.UnableToParsePredicate"
UNKNOWN = "Error.Unknown"
UNKNOWN_KEYS = "Error.UnknownPayloadKeys"
NO_ACTIVATION = "Info.NotReferencedByActivation"
NO_CONFIGURATION = "Info.NotReferencedByConfiguration"
PREDICATE = "Info.Predicate"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. code: such as Error.MissingAssets. details: what it is about, as JSON."""

    code: str
    description: str = ""
    details: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def in_status_item(self) -> dict[str, object]:
        """Write it as a part of a status item."""
        said = {"code": self.code, "description": self.description, "details": dict(self.details)}
        return {key: value for key, value in said.items() if value}

    def in_errors(self) -> dict[str, object]:
        """Write it as a part of a report's errors, where the keys are capitalised."""
        return {key.capitalize(): value for key, value in self.in_status_item().items()}


class Refused(Exception):
    """The iPad does not obey a declaration. may_recover: worth another try without a change."""

    def __init__(self, reason: Reason, *, may_recover: bool = False) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.may_recover = may_recover
