"""The stand-in of the push service on the wire: HTTP/2 over TLS, client certificate required."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import tempfile
import uuid
from functools import partial
from pathlib import Path
from typing import Self

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from cryptography import x509
from cryptography.x509.oid import NameOID
from h2.errors import ErrorCodes
from h2.settings import SettingCodes, Settings

from mdm.simulator.apns import Answer, ApnsStandIn
from mdm.simulator.apns_certificates import Identity

_GOAWAY_HEADER = b"\x07\x00" + bytes(4)


class ApnsServer:
    """A stand-in that listens. Open it with `serve`; `port` is where."""

    def __init__(self, server: asyncio.Server, connections: set[_Connection]) -> None:
        self._server = server
        self._connections = connections
        self.port: int = server.sockets[0].getsockname()[1]

    @classmethod
    async def serve(
        cls,
        stand_in: ApnsStandIn,
        identity: Identity,
        authority_pem: bytes,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> Self:
        """Begin to listen in the running loop; port 0 takes any free one."""
        connections: set[_Connection] = set()
        server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(stand_in, connections),
            host,
            port,
            ssl=server_context(identity, authority_pem),
            ssl_shutdown_timeout=1.0,
        )
        return cls(server, connections)

    def drop_connections(self) -> None:
        """Cut every connection now, as when a network breaks."""
        for connection in list(self._connections):
            connection.cut()

    async def close(self) -> None:
        """Stop listening and cut what is connected."""
        self._server.close()
        self.drop_connections()
        await self._server.wait_closed()
        while self._connections:
            await asyncio.sleep(0)


class _Connection(asyncio.Protocol):
    def __init__(self, stand_in: ApnsStandIn, all_connections: set[_Connection]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stand_in = stand_in
        self._limit = stand_in.script.stream_limit
        self._all = all_connections
        self._topic = ""
        self._requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        self._taken = 0
        self._owed = 0
        self._left = False
        self._transport: asyncio.Transport | None = None
        self._h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )

    def cut(self) -> None:
        """End the connection without a word."""
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._all.add(self)
        self._stand_in.connections += 1
        self._topic = _topic_of(transport.get_extra_info("ssl_object"))
        self._h2.local_settings = Settings(
            client=False,
            initial_values={
                SettingCodes.MAX_CONCURRENT_STREAMS: self._limit,
                SettingCodes.INITIAL_WINDOW_SIZE: self._stand_in.script.initial_window,
            },
        )
        self._h2.initiate_connection()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._h2.receive_data(data):
                self._on_event(event)
        except h2.exceptions.H2Error as error:
            self._stand_in.violations.append(type(error).__name__)
            self._flush()
            self.cut()
            return
        self._flush()

    def _on_event(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RequestReceived():
                fields = {str(name): str(value) for name, value in event.headers}
                self._requests[event.stream_id] = (fields, bytearray())
            case h2.events.DataReceived():
                self._on_data(event)
            case h2.events.StreamEnded():
                self._on_request(event.stream_id)
            case h2.events.PingReceived():
                self._stand_in.pings += 1
            case h2.events.StreamReset():
                self._requests.pop(event.stream_id, None)
            case _:
                pass

    def _on_data(self, event: h2.events.DataReceived) -> None:
        if event.flow_controlled_length:
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if event.stream_id in self._requests:
            self._requests[event.stream_id][1].extend(event.data)

    def _on_request(self, stream_id: int) -> None:
        headers, body = self._requests.pop(stream_id)
        if self._left:
            return
        self._taken += 1
        script = self._stand_in.script
        if self._taken == script.goaway_every:
            self._leave(stream_id, script.goaway_error, script.goaway_reason)
        self._take(stream_id, headers, bytes(body))
        if self._taken == script.drop_every:
            self._left = True
            self.cut()

    def _take(self, stream_id: int, headers: dict[str, str], body: bytes) -> None:
        script = self._stand_in.script
        token = _token_in(headers)
        if resets := script.resets.get(token):
            self._h2.reset_stream(stream_id, resets.pop(0))
        elif token in script.silent:
            return
        elif script.silence > 0:
            script.silence -= 1
        else:
            self._reply(stream_id, headers, body)

    def _reply(self, stream_id: int, headers: dict[str, str], body: bytes) -> None:
        stand_in = self._stand_in
        answer = stand_in.answer(headers, body, self._topic)
        if answer.status == 200:
            deliver = partial(stand_in.deliver, headers)
            self._loop.call_later(stand_in.script.delivery_delay_s, deliver)
        self._owed += 1
        if stand_in.script.answer_delay_s:
            late = partial(self._send_late, stream_id, answer)
            self._loop.call_later(stand_in.script.answer_delay_s, late)
        else:
            self._send(stream_id, answer)

    def _send_late(self, stream_id: int, answer: Answer) -> None:
        # The client may have reset the stream or gone away in the meantime.
        with contextlib.suppress(h2.exceptions.H2Error):
            self._send(stream_id, answer)
        self._flush()

    def _send(self, stream_id: int, answer: Answer) -> None:
        self._owed -= 1
        identifier = str(uuid.UUID(int=stream_id)).upper()
        headers = [(":status", str(answer.status)), ("apns-id", identifier)]
        body = answer.body()
        self._h2.send_headers(stream_id, headers, end_stream=not body)
        if body:
            self._h2.send_data(stream_id, body, end_stream=True)
        script = self._stand_in.script
        is_good = answer.status == 200
        self._announce(script.limit_after_acceptance if is_good else script.limit_after_refusal)

    def _announce(self, limit: int | None) -> None:
        """Tell the client another limit of streams, unless it is the one it knows."""
        if limit is not None and limit != self._limit:
            self._limit = limit
            self._h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: limit})

    def _leave(self, last_stream_id: int, error: ErrorCodes, reason: str) -> None:
        """Send GOAWAY by hand: after h2's own, h2 would not send the answers still owed."""
        debug = json.dumps({"reason": reason}).encode() if reason else b""
        payload = last_stream_id.to_bytes(4, "big") + int(error).to_bytes(4, "big") + debug
        self._flush()
        if self._transport:
            self._transport.write(len(payload).to_bytes(3, "big") + _GOAWAY_HEADER + payload)
        self._left = True

    def _flush(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(self._h2.data_to_send())
        if self._left and self._owed == 0:
            self._transport.close()


def server_context(identity: Identity, authority_pem: bytes) -> ssl.SSLContext:
    """Build the TLS side of the stand-in: a client certificate of the authority is required."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority_pem.decode("ascii"))
    context.set_alpn_protocols(["h2"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "identity.pem"
        path.touch(mode=0o600)
        path.write_bytes(identity.certificate_pem + identity.key_pem)
        context.load_cert_chain(path)
    return context


def _topic_of(tls: ssl.SSLObject) -> str:
    """Read the topic of the client's certificate; empty if it has none."""
    certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
    uids = certificate.subject.get_attributes_for_oid(NameOID.USER_ID)
    return str(uids[0].value) if uids else ""


def _token_in(headers: dict[str, str]) -> bytes:
    """Read the token of a request for the script; empty if there is none."""
    try:
        return bytes.fromhex(headers.get(":path", "").rpartition("/")[2])
    except ValueError:
        return b""
