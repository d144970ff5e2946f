"""Assets: data and credentials that configurations refer to, and which the device fetches.

Here: the references, and the documents behind those of credentials as JSON bytes. A change of the
document changes its digest and so the asset's token; the configurations stay as they are.
Not here: serving the documents.

source: Apple, schema "Asset", and its credential documents.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration
from profiles.declarations.json_form import canonical
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_text, stated
from profiles.payloads.web_address import require_https

DATA = "com.apple.asset.data"
USER_IDENTITY = "com.apple.asset.useridentity"

JSON = "application/json"
PLIST = "application/plist"
DER_CERTIFICATE = "application/pkcs1"
PEM_CERTIFICATE = "application/pem"


class Credential(Enum):
    """What a credential is; the value is its type of declaration."""

    PASSWORD = "com.apple.asset.credential.userpassword"  # noqa: S105
    IDENTITY = "com.apple.asset.credential.identity"
    SCEP = "com.apple.asset.credential.scep"
    ACME = "com.apple.asset.credential.acme"
    CERTIFICATE = "com.apple.asset.credential.certificate"


class FetchedAs(Enum):
    """How the device asks: with its identity, or like anybody (then a shared cache may answer)."""

    MANAGED = "MDM"
    ANYBODY = "None"


_MEDIA_TYPES: Mapping[Credential, frozenset[str]] = {
    Credential.CERTIFICATE: frozenset({DER_CERTIFICATE, PEM_CERTIFICATE}),
}
_IN_THE_KEYCHAIN = frozenset({Credential.IDENTITY, Credential.SCEP, Credential.ACME})


@dataclass(frozen=True, slots=True)
class Document:
    """Where bytes are, and what they must be; the device refuses others.

    url: https; unguessable for credentials, as a proxy may hide who asks.
    sha256: digest in lower-case hexadecimal.
    raises: InvalidPayload.
    """

    url: str = field(repr=False)
    media_type: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        require_https("Reference.DataURL", self.url)
        if "/" not in self.media_type or ";" in self.media_type:
            raise InvalidPayload(
                "Reference.ContentType", "is no media type", "write it without a charset"
            )

    @classmethod
    def of(cls, url: str, media_type: str, body: bytes) -> Document:
        """Describe bytes that will be served unchanged at an address."""
        return cls(url, media_type, len(body), hashlib.sha256(body).hexdigest())


def data(document: Document, identifier: str, fetched_as: FetchedAs | None = None) -> Declaration:
    """Refer to any bytes, such as the settings of an app as a property list; iPadOS 17.

    raises: InvalidPayload.
    """
    return checked_declaration(DATA, identifier, _referring(document, fetched_as))


def credential(
    kind: Credential,
    document: Document,
    identifier: str,
    *,
    fetched_as: FetchedAs | None = None,
    after_first_unlock: bool = False,
) -> Declaration:
    """Refer to a secret or a certificate; a password from iPadOS 15, the others from 17.

    fetched_as: None: with the device's identity, without saying so (needed before iPadOS 17).
    after_first_unlock: usable while locked again, as Wi-Fi needs; identities only.
    raises: InvalidPayload.
    """
    allowed = _MEDIA_TYPES.get(kind, frozenset({JSON}))
    if document.media_type not in allowed:
        raise InvalidPayload(
            "Reference.ContentType", "does not fit the credential", f"use {sorted(allowed)[0]}"
        )
    if fetched_as is FetchedAs.ANYBODY and kind is not Credential.CERTIFICATE:
        raise InvalidPayload(
            "Authentication.Type", "lets anybody fetch a secret", "let managed devices fetch it"
        )
    if after_first_unlock and kind not in _IN_THE_KEYCHAIN:
        raise InvalidPayload("Accessible", "is for identities only", "leave it out")
    accessible = "AfterFirstUnlock" if after_first_unlock else None
    payload = _referring(document, fetched_as) | stated({"Accessible": accessible})
    return checked_declaration(kind.value, identifier, payload)


def user_identity(
    identifier: str, full_name: str | None = None, email: str | None = None
) -> Declaration:
    """Tell whose account it is; both may hold variables.

    raises: InvalidPayload.
    """
    if full_name is None and email is None:
        raise InvalidPayload("FullName", "says nothing", "give a name or a mail address")
    payload = stated({"FullName": full_name, "EmailAddress": email})
    return checked_declaration(USER_IDENTITY, identifier, payload)


def password_document(user_name: str, password: str | None = None) -> bytes:
    """Write the document behind Credential.PASSWORD; without a password the device asks.

    raises: InvalidPayload.
    """
    require_text("UserName", user_name)
    return canonical(stated({"UserName": user_name, "Password": password}))


def identity_document(pkcs12: bytes, password: str) -> bytes:
    """Write the document behind Credential.IDENTITY.

    raises: InvalidPayload.
    """
    if not pkcs12:
        raise InvalidPayload("Identity", "is empty", "give a PKCS #12 file")
    encoded = base64.b64encode(pkcs12).decode("ascii")
    return canonical({"Password": password, "Identity": encoded})


def _referring(document: Document, fetched_as: FetchedAs | None) -> dict[str, object]:
    reference = {
        "DataURL": document.url,
        "ContentType": document.media_type,
        "Size": document.size,
        "Hash-SHA-256": document.sha256,
    }
    authentication = None if fetched_as is None else {"Type": fetched_as.value}
    return stated({"Reference": reference, "Authentication": authentication})
