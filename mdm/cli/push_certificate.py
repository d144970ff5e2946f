"""`mdm push-certificate`: ask for one, put one into use, show the one in use.

Whether a certificate may replace another is judged by mdm.apple.push_certificate; the room keeps
what was judged.
"""

from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from sqlalchemy import select

from mdm.apple.errors import CertificateUnusable
from mdm.apple.push_certificate import (
    RefusalKind,
    Refused,
    check_replacement,
    days_left,
    read_certificate,
)
from mdm.apple.push_request import make_customer_request, push_request_file
from mdm.base.db import Tx
from mdm.base.errors import Conflict, NotFound
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.rooms.access.service import Act
from mdm.rooms.authority import push
from mdm.rooms.devices.models import Enrollment

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_REFUSALS = {
    RefusalKind.NO_TOPIC: "it is no push certificate for device management",
    RefusalKind.KEY_MISMATCH: "it does not belong to the newest request; was that one uploaded?",
    RefusalKind.TOPIC_CHANGED: (
        "its topic differs from the one enrolled iPads know, so every iPad would have to enrol "
        "again; use Renew, not Create, with the same Apple Account"
    ),
    RefusalKind.NOT_LATER: "it ends no later than the one in use",
    RefusalKind.NOT_VALID_YET: "it is not valid yet",
    RefusalKind.EXPIRED: "it has ended",
    RefusalKind.FOREIGN_ISSUER: "none of the expected authorities issued it",
}


@click.group()
def push_certificate() -> None:
    """Look after the certificate that lets Apple wake iPads for us."""


@push_certificate.command()
@click.option("--email", required=True, help="Of whoever looks after it.")
@click.option("--name", help="Of the organisation; the setting ORGANIZATION unless given.")
@click.option("--country", default="DE", show_default=True)
@click.option("--vendor-certificate", type=_FILE, help="Signs the request for Apple's portal.")
@click.option("--vendor-key", type=_FILE)
@click.option("--vendor-chain", type=_FILE, help="Intermediate and root, PEM, in this order.")
@pass_house
def request(
    house: House,
    email: str,
    name: str | None,
    country: str,
    vendor_certificate: Path | None,
    vendor_key: Path | None,
    vendor_chain: Path | None,
) -> None:
    """Make a key and print the request for a certificate.

    With the three --vendor options the output is the file that Apple's portal takes; without
    them it is a request that a vendor still has to sign.
    """
    vendor = (vendor_certificate, vendor_key, vendor_chain)
    if any(vendor) and not all(vendor):
        raise click.UsageError("the three --vendor options belong together")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    asked = make_customer_request(key, country, name or house.settings.organization, email)
    # Signed before anything is stored: a wrong vendor file must leave no request behind.
    printed = asked.public_bytes(Encoding.PEM)
    if vendor_certificate and vendor_key and vendor_chain:
        printed = _for_portal(asked, vendor_certificate, vendor_key, vendor_chain)
    with house.transaction() as tx:
        actor = house.acting_for(tx, Act.ADMINISTER, None).actor
        der = asked.public_bytes(Encoding.DER)
        push.store_request(tx, house.tools.vault, key, der, actor, house.now())
    click.echo(printed.decode("ascii").rstrip())
    say("Upload it at https://identity.apple.com/pushcert, with Renew where there is one already.")


@push_certificate.command("import")
@click.argument("file", type=_FILE)
@click.option("--apple-account", default="", help="With which it was made; needed to renew it.")
@pass_house
def import_certificate(house: House, file: Path, apple_account: str) -> None:
    """Put the certificate from Apple's portal into use."""
    certificate = read_certificate(file.read_bytes())
    with house.transaction() as tx:
        actor = house.acting_for(tx, Act.ADMINISTER, None).actor
        now = house.now()
        request_id, key = push.open_request(tx, house.tools.vault)
        verdict = check_replacement(
            certificate,
            key,
            _in_use(house, tx),
            now,
            has_enrollments=_has_enrollments(tx),
        )
        if isinstance(verdict, Refused):
            raise Conflict(_sentence(verdict))
        push.store_certificate(
            tx, request_id, certificate, verdict.topic, apple_account, actor, now
        )
    say(f"In use now, until {verdict.not_after:%Y-%m-%d}: {verdict.topic}")


@push_certificate.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def show(house: House, as_json: bool) -> None:
    """Show the certificate in use, and the days left."""
    with house.reading() as tx:
        house.acting_for(tx, Act.ADMINISTER, None)
        found = push.current(tx, house.tools.vault)
    if found is None:
        raise NotFound("push certificate", "yet: `mdm push-certificate request`")
    left = days_left(read_certificate(found.certificate_pem), house.now())
    facts = {
        "topic": found.topic,
        "apple_account": found.apple_account,
        "not_after": found.not_after,
        "days_left": left,
    }
    if as_json:
        return print_json(facts)
    return print_table(("Fact", "Value"), list(facts.items()))


def _for_portal(
    asked: x509.CertificateSigningRequest, certificate: Path, key: Path, chain: Path
) -> bytes:
    return push_request_file(
        asked,
        read_certificate(certificate.read_bytes()),
        _chain(chain.read_bytes()),
        _rsa_key(key.read_bytes()),
    )


def _chain(pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise CertificateUnusable("vendor_chain", "not certificates in PEM form") from error


def _rsa_key(pem: bytes) -> rsa.RSAPrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        problem = "not an unencrypted private key in PEM form"
        raise CertificateUnusable("vendor_key", problem) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CertificateUnusable("vendor_key", "not an RSA key")
    return key


def _in_use(house: House, tx: Tx) -> x509.Certificate | None:
    found = push.current(tx, house.tools.vault)
    return read_certificate(found.certificate_pem) if found is not None else None


def _has_enrollments(tx: Tx) -> bool:
    """Whether any device knows a topic of ours."""
    query = select(Enrollment.id).where(Enrollment.ended_at.is_(None), Enrollment.topic != "")
    return tx.scalar(query.limit(1)) is not None


def _sentence(refused: Refused) -> str:
    found = f" (expected {refused.expected}, found {refused.found})" if refused.found else ""
    return f"this certificate cannot be used: {_REFUSALS[refused.kind]}{found}"
