"""IKEv2: the tunnel that iPads bring along.

Here: the tunnel's own keys. Next: what both ends agree upon (profiles.payloads.vpn_proposal).
Not here: the payload around it (profiles.payloads.vpn).

source: Apple, "VPN.IKEv2" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from profiles.errors import InvalidPayload
from profiles.payloads.stating import as_typed, require_host, require_text, stated, switch
from profiles.payloads.vpn_proposal import (
    USUAL_ASSOCIATION,
    SecurityAssociation,
    association_keys,
)


class DeadPeerDetection(Enum):
    """How often to ask whether the server is still there."""

    NONE = "None"
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"


class CertificateType(Enum):
    """The key of the device's certificate."""

    RSA = "RSA"
    RSA_PSS = "RSA-PSS"
    ECDSA_256 = "ECDSA256"
    ECDSA_384 = "ECDSA384"
    ECDSA_521 = "ECDSA521"


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """One secret for everybody; taken literally."""

    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.secret:
            raise InvalidPayload("IKEv2.SharedSecret", "is empty", "the iPad cannot ask for it")


@dataclass(frozen=True, slots=True)
class DeviceCertificate:
    """The device's own certificate, a payload of the same profile."""

    identity_uuid: str
    kind: CertificateType = CertificateType.RSA


@dataclass(frozen=True, slots=True)
class NameAndPassword:
    """EAP with a name (may hold variables) and a password (taken literally)."""

    user_name: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        require_text("IKEv2.AuthName", self.user_name)
        if not self.password:
            raise InvalidPayload("IKEv2.AuthPassword", "is empty", "the iPad would keep asking")


Ikev2Access = SharedSecret | DeviceCertificate | NameAndPassword


@dataclass(frozen=True, slots=True)
class Ikev2:
    """One tunnel.

    local_identifier: may hold variables. issuer: name of the authority of the server's
        certificate; server_name: in that certificate, where it is not the remote identifier.
    forward_secrecy: fresh keys that an old one does not give away.
    """

    server: str
    remote_identifier: str
    local_identifier: str
    access: Ikev2Access
    ike: SecurityAssociation = USUAL_ASSOCIATION
    child: SecurityAssociation = USUAL_ASSOCIATION
    forward_secrecy: bool = True
    dead_peer_detection: DeadPeerDetection = DeadPeerDetection.MEDIUM
    issuer: str | None = None
    server_name: str | None = None
    mtu: int | None = None

    def __post_init__(self) -> None:
        require_host("IKEv2.RemoteAddress", self.server)
        require_text("IKEv2.RemoteIdentifier", self.remote_identifier)
        require_text("IKEv2.LocalIdentifier", self.local_identifier)


def ikev2_keys(tunnel: Ikev2) -> dict[str, Any]:
    """Write the tunnel's dictionary."""
    return stated(
        {
            "RemoteAddress": tunnel.server,
            "RemoteIdentifier": tunnel.remote_identifier,
            "LocalIdentifier": tunnel.local_identifier,
            **_access(tunnel.access),
            "ServerCertificateIssuerCommonName": tunnel.issuer,
            "ServerCertificateCommonName": tunnel.server_name,
            "DeadPeerDetectionRate": tunnel.dead_peer_detection,
            "EnablePFS": switch(tunnel.forward_secrecy),
            "TLSMinimumVersion": "1.2" if isinstance(tunnel.access, NameAndPassword) else None,
            "MTU": tunnel.mtu,
            "IKESecurityAssociationParameters": association_keys(tunnel.ike),
            "ChildSecurityAssociationParameters": association_keys(tunnel.child),
        }
    )


def _access(access: Ikev2Access) -> dict[str, Any]:
    match access:
        case SharedSecret():
            return {
                "AuthenticationMethod": "SharedSecret",
                "SharedSecret": as_typed(access.secret),
                "ExtendedAuthEnabled": 0,
            }
        case DeviceCertificate():
            return {
                "AuthenticationMethod": "Certificate",
                "PayloadCertificateUUID": access.identity_uuid,
                "CertificateType": access.kind,
                "ExtendedAuthEnabled": 0,
            }
        case NameAndPassword():
            return {
                "AuthenticationMethod": "None",
                "ExtendedAuthEnabled": 1,
                "AuthName": access.user_name,
                "AuthPassword": as_typed(access.password),
            }
