"""Certificates that a device trusts and identities that it has; iPadOS 17.

Both stand in assets (profiles.declarations.assets).

source: Apple, schema "Security:Certificate", "Security:Identity".
"""

from __future__ import annotations

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration, require_identifier

CERTIFICATE = "com.apple.configuration.security.certificate"
IDENTITY = "com.apple.configuration.security.identity"

_KEY = "CredentialAssetReference"


def installed_certificate(asset: str, identifier: str) -> Declaration:
    """Install a certificate. asset: identifier of a credential of kind CERTIFICATE.

    raises: InvalidPayload.
    """
    require_identifier(_KEY, asset)
    return checked_declaration(CERTIFICATE, identifier, {_KEY: asset})


def installed_identity(asset: str, identifier: str) -> Declaration:
    """Install a key with its certificate. asset: a credential of kind IDENTITY, SCEP or ACME.

    raises: InvalidPayload.
    """
    require_identifier(_KEY, asset)
    return checked_declaration(IDENTITY, identifier, {_KEY: asset})
