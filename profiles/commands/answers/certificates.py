"""The answer to CertificateList."""

from dataclasses import dataclass, field

from profiles.commands.answers.fields import Fields, Listing, Values, read_list


@dataclass(frozen=True, slots=True)
class InstalledCertificate:
    """der: the certificate itself. is_identity: the device has its private key."""

    der: bytes = field(repr=False)
    common_name: str | None
    is_identity: bool


def read_certificates(body: Values) -> Listing[InstalledCertificate]:
    """Read `CertificateList`; members without Data are left out.

    raises: MalformedMessage, if it is missing or no array.
    """
    return read_list(body, "CertificateList", _certificate)


def _certificate(fields: Fields) -> InstalledCertificate | None:
    der = fields.data("Data")
    if not der:
        return None
    return InstalledCertificate(der, fields.text("CommonName"), fields.flag("IsIdentity") is True)
