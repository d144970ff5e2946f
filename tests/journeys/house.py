"""A whole server on a loopback port, for journeys; and the fleet that travels."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from mdm.app import create_app
from mdm.base.clock import SystemClock
from mdm.base.tools import Tools
from mdm.rooms.audit.service import Actor
from mdm.rooms.authority import push
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.links import service as links
from mdm.rooms.schools.models import School
from mdm.simulator.apns_certificates import StandInAuthority
from tests.factories.schools import a_school

PUBLIC_URL = "https://mdm.beispielstadt.example"
TOPIC = "com.apple.mgmt.External.beispielstadt"
CLERK = Actor.system_user("clerk")


@dataclass
class House:
    """A server under test. address: where it really listens."""

    tools: Tools
    app: Flask
    address: str

    def link(self, uses: int = 30) -> str:
        """A fresh link of the one school."""
        now = self.tools.clock.now()
        with self.tools.database.transaction() as tx:
            school = tx.scalars(select(School)).first() or a_school(tx, now=now)
            link = links.create_link(
                tx, self.tools.vault, self.tools.settings, school, None, CLERK, now, max_uses=uses
            )
            return link.url

    def expect(self, *serials: str) -> None:
        """Know these serial numbers beforehand, as a school knows what it bought."""
        now = self.tools.clock.now()
        with self.tools.database.transaction() as tx:
            school = tx.scalars(select(School)).first() or a_school(tx, now=now)
            for serial in serials:
                tx.add(Device(serial=serial, school_id=school.id, is_expected=True, created_at=now))

    def enrollments(self) -> list[Enrollment]:
        """All enrollments, oldest first, detached."""
        with self.tools.database.reading() as tx:
            rows = list(tx.scalars(select(Enrollment).order_by(Enrollment.id)))
            tx.expunge_all()
            return rows


@contextmanager
def running(tools: Tools, key: rsa.RSAPrivateKey) -> Iterator[House]:
    """Serve while the block runs; with a push certificate for `key`."""
    app = create_app(tools=tools)
    put_push_certificate(tools, key)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield House(tools, app, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def put_push_certificate(tools: Tools, key: rsa.RSAPrivateKey) -> None:
    """Let a stand-in of Apple issue the push certificate, which gives the topic."""
    now = SystemClock().now()
    issued = StandInAuthority(now).issue_push(TOPIC, now, key=key)
    certificate = x509.load_pem_x509_certificate(issued.certificate_pem)
    with tools.database.transaction() as tx:
        number = push.store_request(tx, tools.vault, key, b"", CLERK, now)
        push.store_certificate(tx, number, certificate, TOPIC, "a@b.example", CLERK, now)
