"""The answers about updates of the system: what there is, what was begun, how far it got."""

from dataclasses import dataclass

from profiles.commands.answers.fields import Fields, Listing, Values, read_list
from profiles.commands.error_chain import ErrorChain, read_error_chain


@dataclass(frozen=True, slots=True)
class AvailableUpdate:
    """One update on offer. Sizes are in bytes."""

    product_key: str
    name: str | None
    version: str | None
    build: str | None
    version_extra: str | None
    download_size: int | None
    install_size: int | None
    is_critical: bool | None
    needs_restart: bool | None
    is_security_response: bool | None


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """What became of one scheduled update. action and status: Apple's words."""

    product_key: str | None
    action: str | None
    status: str | None
    error_chain: ErrorChain = ()


@dataclass(frozen=True, slots=True)
class UpdateProgress:
    """How far one update is. download_part: 0.0 to 1.0."""

    product_key: str
    is_downloaded: bool | None
    download_part: float | None
    status: str | None


def read_available_updates(body: Values) -> Listing[AvailableUpdate]:
    """Read `AvailableOSUpdates`; members without ProductKey are left out.

    raises: MalformedMessage, if it is missing or no array.
    """
    return read_list(body, "AvailableOSUpdates", _available)


def read_update_results(body: Values) -> Listing[UpdateResult]:
    """Read `UpdateResults`. raises: MalformedMessage."""
    return read_list(body, "UpdateResults", _result)


def read_update_status(body: Values) -> Listing[UpdateProgress]:
    """Read `OSUpdateStatus`. raises: MalformedMessage."""
    return read_list(body, "OSUpdateStatus", _progress)


def _available(fields: Fields) -> AvailableUpdate | None:
    product_key = fields.text("ProductKey")
    if product_key is None:
        return None
    return AvailableUpdate(
        product_key=product_key,
        name=fields.text("HumanReadableName"),
        version=fields.text("Version"),
        build=fields.text("Build"),
        version_extra=fields.text("SupplementalOSVersionExtra"),
        download_size=fields.integer("DownloadSize"),
        install_size=fields.integer("InstallSize"),
        is_critical=fields.flag("IsCritical"),
        needs_restart=fields.flag("RestartRequired"),
        is_security_response=fields.flag("IsSecurityResponse"),
    )


def _result(fields: Fields) -> UpdateResult:
    return UpdateResult(
        product_key=fields.text("ProductKey"),
        action=fields.text("InstallAction"),
        status=fields.text("Status"),
        error_chain=read_error_chain(fields.values.get("ErrorChain")),
    )


def _progress(fields: Fields) -> UpdateProgress | None:
    product_key = fields.text("ProductKey")
    if product_key is None:
        return None
    return UpdateProgress(
        product_key=product_key,
        is_downloaded=fields.flag("IsDownloaded"),
        download_part=fields.real("DownloadPercentComplete"),
        status=fields.text("Status"),
    )
