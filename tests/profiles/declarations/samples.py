"""Declarations and reports that several tests share."""

import json
from datetime import UTC, datetime

from profiles.declarations.activations import activation
from profiles.declarations.assets import Credential, Document, credential
from profiles.declarations.configurations.passcode import PasscodeSettings, passcode_settings
from profiles.declarations.configurations.security import installed_certificate
from profiles.declarations.declaration import Declaration
from profiles.declarations.status_report import StatusReport, read_status_report

CHANGED_AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

PASSCODE = passcode_settings(PasscodeSettings(minimum_length=6), "cfg.passcode")
BASE = activation(["cfg.passcode"], "act.base")

CERTIFICATE_DOCUMENT = Document.of(
    "https://mdm.beispielstadt.example/assets/4711", "application/pem", b"PEM"
)
CERTIFICATE = credential(Credential.CERTIFICATE, CERTIFICATE_DOCUMENT, "asset.root")
TRUST = installed_certificate("asset.root", "cfg.trust")


def passcode_of(length: int) -> Declaration:
    """The same declaration with another content."""
    return passcode_settings(PasscodeSettings(minimum_length=length), "cfg.passcode")


def report(items: object, *, full: bool | None = None, errors: object = ()) -> StatusReport:
    """A report as a device writes it, read."""
    document: dict[str, object] = {"StatusItems": items, "Errors": list(errors)}  # type: ignore[call-overload]
    if full is not None:
        document["FullReport"] = full
    return read_status_report(json.dumps(document).encode())
