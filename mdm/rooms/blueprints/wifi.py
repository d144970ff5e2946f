"""A school's WLAN as payloads: the network, whom it trusts, and perhaps a device's certificate."""

from collections.abc import Sequence
from dataclasses import replace

from mdm.rooms.blueprints.contents import identity_slot
from profiles.configuration_profile import Payload
from profiles.identifiers import payload_identifier
from profiles.payloads.certificates import Certificate, CertificateRole, certificate_payload
from profiles.payloads.wifi import Access, EapTls, Personal, WifiNetwork, wifi_payload

# For `EapTls.identity_uuid`: each iPad fetches a certificate of its own from our authority.
OWN_CERTIFICATE = "own-certificate"


def wifi_payloads(
    network: WifiNetwork, anchors: Sequence[Certificate], identifier: str
) -> tuple[Payload, ...]:
    """The payloads of one network.

    anchors: authorities of the RADIUS server, trusted for this network beside the names given.
    """
    trusted = [
        certificate_payload(anchor, _role(anchor), payload_identifier(identifier, f"trust{number}"))
        for number, anchor in enumerate(anchors, start=1)
    ]
    access = _trusting(network.access, tuple(payload.uuid for payload in trusted))
    own = []
    if isinstance(access, EapTls) and access.identity_uuid == OWN_CERTIFICATE:
        own = [identity_slot(payload_identifier(identifier, "identity"))]
        access = replace(access, identity_uuid=own[0].uuid)
    joined = replace(network, access=access)
    return (*trusted, *own, wifi_payload(joined, payload_identifier(identifier, "network")))


def wifi_summary(network: WifiNetwork, anchors: Sequence[Certificate]) -> dict[str, object]:
    """What people may see of a network: no passphrase, no password, no person's name."""
    return {
        "ssid": network.ssid,
        "encryption": network.access.encryption.value,
        "access": type(network.access).__name__,
        "hidden": network.hidden,
        "auto_join": network.auto_join,
        "anchors": [anchor.subject for anchor in anchors],
    }


def _trusting(access: Access, anchors: tuple[str, ...]) -> Access:
    if isinstance(access, Personal) or not anchors:
        return access
    known = access.trust.anchor_uuids
    return replace(access, trust=replace(access.trust, anchor_uuids=(*known, *anchors)))


def _role(certificate: Certificate) -> CertificateRole:
    is_root = certificate.is_self_issued
    return CertificateRole.ROOT if is_root else CertificateRole.INTERMEDIATE
