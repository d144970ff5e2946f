"""The stand-in of the push service in a thread of its own, beside code without asyncio."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mdm.simulator.apns import ApnsStandIn
from mdm.simulator.apns_certificates import StandInCertificates
from mdm.simulator.apns_server import ApnsServer

_START_S = 10.0


@contextmanager
def listening(
    stand_in: ApnsStandIn, certificates: StandInCertificates, port: int = 0
) -> Iterator[int]:
    """Let a stand-in listen on 127.0.0.1 while the block runs; gives the port.

    Pushes are delivered in the thread of the stand-in: a subscriber must hand them on quickly.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="apns-stand-in", daemon=True)
    thread.start()
    serve = ApnsServer.serve(stand_in, certificates.server, certificates.authority_pem, port=port)
    try:
        server = asyncio.run_coroutine_threadsafe(serve, loop).result(_START_S)
        try:
            yield server.port
        finally:
            asyncio.run_coroutine_threadsafe(server.close(), loop).result(_START_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_START_S)
        loop.close()
