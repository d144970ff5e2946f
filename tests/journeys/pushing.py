"""A stand-in of the push service for a house of real processes: its port, its trust, its keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mdm.base.clock import SystemClock
from mdm.base.settings import PREFIX
from mdm.base.tools import Tools
from mdm.rooms.audit.service import Actor
from mdm.rooms.authority import push
from mdm.simulator.apns import ApnsStandIn
from mdm.simulator.apns_certificates import StandInCertificates, make_stand_in_certificates
from mdm.simulator.apns_thread import listening

CLERK = Actor.system_user("clerk")


@dataclass(frozen=True, slots=True)
class PushService:
    """A listening stand-in. environment: the settings by which a house finds and trusts it."""

    stand_in: ApnsStandIn
    certificates: StandInCertificates
    environment: dict[str, str]

    @property
    def key(self) -> rsa.RSAPrivateKey:
        """The private key of the push certificate."""
        key = load_pem_private_key(self.certificates.push.key_pem, None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return key

    def introduce(self, tools: Tools) -> None:
        """Let a house have its push certificate."""
        now = tools.clock.now()
        certificate = x509.load_pem_x509_certificate(self.certificates.push.certificate_pem)
        with tools.database.transaction() as tx:
            number = push.store_request(tx, tools.vault, self.key, b"", CLERK, now)
            topic = self.certificates.topic
            push.store_certificate(tx, number, certificate, topic, "a@b.example", CLERK, now)


@contextmanager
def push_service(folder: Path) -> Iterator[PushService]:
    """Run a stand-in while the block runs. folder: where its trust is written."""
    now = SystemClock().now()
    certificates = make_stand_in_certificates(now, "beispielstadt")
    trust = folder / "push-trust.pem"
    trust.write_bytes(certificates.authority_pem)
    stand_in = ApnsStandIn(SystemClock().now)
    with listening(stand_in, certificates) as port:
        settings = {"apns_host": "127.0.0.1", "apns_port": str(port), "apns_trust": str(trust)}
        environment = {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}
        yield PushService(stand_in, certificates, environment)
