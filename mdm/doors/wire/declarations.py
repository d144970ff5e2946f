"""Declarative management at the door: what a channel should have, and its reports.

A device removes what a list does not name, and what is answered with 404. So 404 is said only of
what is in neither of the channel's sets; whoever was never told anything, or is not in good
standing, hears 503 and comes again. A report is kept as it comes and read later.
Not here: the sets (mdm.rooms.declarations), whose voice it is when nobody in good standing was
found (checkin.py).
"""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from enrollment.checkin_messages import (
    DeclarationsEndpoint,
    DeclarativeManagement,
    EndpointKind,
)
from enrollment.identifiers import ChannelKind
from mdm.base.bell import Job
from mdm.base.db import after_commit
from mdm.base.logkeys import ENROLLMENT_ID, KIND
from mdm.base.tools import Tools
from mdm.doors.wire.answer import EMPTY, NOT_FOUND, PROFILE, Answer, json_answer
from mdm.doors.wire.errors import BUSY, answer_for
from mdm.rooms.commands.rendering import CannotDeliver, Place, signed_profile
from mdm.rooms.declarations import addresses, status
from mdm.rooms.declarations.serving import Asking

if TYPE_CHECKING:
    from mdm.doors.wire.door import DeviceDoor

log = logging.getLogger(__name__)


def answer(door: "DeviceDoor", fingerprint: bytes, message: DeclarativeManagement) -> Answer | None:
    """Answer a channel in good standing; None when certificate and key name none.

    raises: SnapshotDamaged, and whatever the database raises.
    """
    now = door.tools.clock.now()
    asking = door.declared.asking(fingerprint, message.channel.key)
    if asking is None:
        return None
    door.last_seen.visit(asking.enrollment_id, now, idle=False)
    if message.endpoint.kind is EndpointKind.STATUS:
        return _keep_status(door.tools, asking, message.data, now)
    if asking.token is None:
        log.info("declarations_not_ready", extra={ENROLLMENT_ID: asking.enrollment_id})
        return BUSY
    return _told(door, asking, message.endpoint, now)


def not_placed(message: DeclarativeManagement) -> Answer:
    """What a channel hears that may speak, but is not in good standing, or not known yet."""
    is_guest = message.channel.kind is ChannelKind.SHARED_IPAD_GUEST
    return EMPTY if is_guest and message.endpoint.kind is EndpointKind.STATUS else BUSY


def install(app: Flask, tools: Tools) -> None:
    """Serve profiles at the addresses that declarations name."""

    def profile(secret: str) -> Response:
        try:
            # Whoever only asks whether it is there makes no challenge for a certificate.
            load = _is_there if request.method == "HEAD" else _profile
            return load(tools, secret, tools.clock.now())
        # The last catch of the door: a device must never see a page or an accident's 404.
        except Exception as error:  # noqa: BLE001
            failed = answer_for(error)
            return Response(failed.body, failed.status, dict(failed.headers))

    app.add_url_rule(f"{addresses.PATH}<secret>", "wire_declared_profile", profile)


def _told(
    door: "DeviceDoor", asking: Asking, endpoint: DeclarationsEndpoint, now: datetime
) -> Answer:
    match endpoint.kind:
        case EndpointKind.TOKENS:
            return _json(door.declared.tokens(asking))
        case EndpointKind.DECLARATION_ITEMS:
            return _json(door.declared.items(asking, now))
        case _:
            return _declaration(door, asking, endpoint)


def _declaration(door: "DeviceDoor", asking: Asking, endpoint: DeclarationsEndpoint) -> Answer:
    kind, identifier = endpoint.declaration, endpoint.identifier
    body = None
    if kind is not None and identifier is not None:
        body = door.declared.declaration(asking, kind, identifier)
    if body is None:
        log.info("declaration_not_there", extra={ENROLLMENT_ID: asking.enrollment_id})
        return NOT_FOUND
    if addresses.names_a_version(body):
        tools = door.tools
        with tools.database.reading() as tx:
            body = addresses.filled_in(tx, tools.vault, tools.settings, asking.enrollment_id, body)
    return json_answer(body)


def _json(document: bytes | None) -> Answer:
    return BUSY if document is None else json_answer(document)


def _keep_status(tools: Tools, asking: Asking, body: bytes | None, now: datetime) -> Answer:
    if not body:
        log.warning("status_without_report", extra={ENROLLMENT_ID: asking.enrollment_id})
        return EMPTY
    with tools.database.transaction() as tx:
        status.keep(tx, tools.vault, asking.enrollment_id, body, now)
        after_commit(tx, lambda: tools.bell.ring(Job.READ_RESULTS))
    return EMPTY


def _is_there(tools: Tools, secret: str, _now: datetime) -> Response:
    with tools.database.reading() as tx:
        found = addresses.find(tx, secret)
    return _profile_response(b"") if found is not None else Response(status=404)


def _profile(tools: Tools, secret: str, now: datetime) -> Response:
    with tools.database.transaction() as tx:
        found = addresses.find(tx, secret)
        if found is None:
            log.warning("unknown_profile_address")
            return Response(status=404)
        found.address.fetched_at = now
        place = Place(tx, tools.vault, tools.settings, found.enrollment, found.device, now)
        try:
            body = signed_profile(place, found.version)
        except CannotDeliver as error:
            fields = {ENROLLMENT_ID: found.enrollment.id, KIND: error.kind}
            log.warning("declared_profile_refused", extra=fields)
            return Response(status=503)
    return _profile_response(body)


def _profile_response(body: bytes) -> Response:
    response = Response(body)
    response.headers["Content-Type"] = PROFILE
    response.headers["Cache-Control"] = "no-store"
    return response
