"""SCEP over HTTP: three operations on one path, with the exact content types clients compare.

Here: HTTP. Not here: the messages (enrollment.scep_*), rows and authorisation
(mdm.rooms.links.scep).
source: RFC 8894 §4.
"""

import logging
from typing import NamedTuple

from flask import Flask, Response, request

from enrollment.identity import CertifiedKey
from enrollment.scep import (
    CAPABILITIES_TYPE,
    PKI_MESSAGE_TYPE,
    Operation,
    ca_certificate,
    capabilities,
    decode_get_message,
    read_operation,
)
from enrollment.scep_errors import MalformedScep, ReplyRefused
from enrollment.scep_messages import MAX_MESSAGE_BYTES
from enrollment.scep_reply import NONCE_BYTES, failure, success
from enrollment.scep_request import ScepRefusal, ScepRequest, read_request
from enrollment.scep_words import FailInfo
from mdm.base.db import until_settled
from mdm.base.identifiers import random_bytes
from mdm.base.logkeys import FAIL_INFO, REASON, TRANSACTION_ID
from mdm.base.tools import Tools
from mdm.doors.wire.body import read_body
from mdm.doors.wire.errors import answer_for
from mdm.doors.wire.throttle import Throttle
from mdm.rooms.authority import service as authority
from mdm.rooms.links import scep as links_scep

log = logging.getLogger(__name__)

PATHS = ("/scep", "/scep/", "/scep/pkiclient.exe")
# One text for every refusal that an attacker must not tell apart.
_REFUSED = "request refused"


class _Reply(NamedTuple):
    """What goes back, and whether it grants what was asked."""

    body: bytes
    is_granted: bool


def install(app: Flask, tools: Tools, throttle: Throttle) -> None:
    """Serve SCEP on its paths."""

    def scep() -> Response:
        try:
            return throttle.turned_away() or _serve(tools, throttle)
        except MalformedScep as error:
            throttle.count_guess()
            return _http_failure(error)
        # The last catch of the door: a client must never see a page or a traceback.
        except Exception as error:  # noqa: BLE001
            return _http_failure(error)

    for path in PATHS:
        app.add_url_rule(
            path, f"wire_scep{path}", scep, methods=["GET", "POST"], strict_slashes=True
        )


def _serve(tools: Tools, throttle: Throttle) -> Response:
    operation = read_operation(request.args.get("operation"))
    if operation is Operation.GET_CA_CAPS:
        body = capabilities(allow_legacy=tools.settings.scep_legacy)
        return _exact(body, CAPABILITIES_TYPE)
    keys = _authorities(tools)
    if operation is Operation.GET_CA_CERT:
        kind, body = ca_certificate(keys[0][1].certificate)
        return _exact(body, kind)
    reply = _pki_operation(tools, keys, _message())
    if not reply.is_granted:
        throttle.count_guess()
    return _exact(reply.body, PKI_MESSAGE_TYPE)


def _authorities(tools: Tools) -> list[tuple[int, CertifiedKey]]:
    with tools.database.reading() as tx:
        return authority.authorities(tx, tools.vault)


def _message() -> bytes:
    """The message of a PKIOperation. On POST the body alone counts: some clients also repeat
    it in the query.
    """
    if request.method == "POST":
        return read_body(request.environ, MAX_MESSAGE_BYTES)
    if request.method == "HEAD":
        raise MalformedScep("a message by HEAD")
    return decode_get_message(request.args.get("message", ""))


def _pki_operation(tools: Tools, keys: list[tuple[int, CertifiedKey]], raw: bytes) -> _Reply:
    settings = tools.settings
    asked = read_request(
        raw,
        [key for _, key in keys],
        allow_legacy=settings.scep_legacy,
        require_signer_is_requester=not settings.scep_legacy,
    )
    if isinstance(asked, ScepRefusal):
        _note(asked.conversation.transaction_id, asked.reason, asked.fail_info)
        return _failure(asked, asked.fail_info, keys[0][1])
    recipient = _recipient(asked, keys)
    answer = until_settled(lambda: _authorise(tools, asked, keys))
    if isinstance(answer, FailInfo):
        return _failure(asked, answer, recipient)
    try:
        nonce = random_bytes(NONCE_BYTES)
        return _Reply(success(asked, answer.certificate, recipient, nonce), is_granted=True)
    except ReplyRefused as error:
        _note(asked.transaction_id, error.reason, FailInfo.BAD_ALG)
        return _failure(asked, FailInfo.BAD_ALG, recipient)


def _authorise(
    tools: Tools, asked: ScepRequest, keys: list[tuple[int, CertifiedKey]]
) -> links_scep.Issued | FailInfo:
    with tools.database.transaction() as tx:
        return links_scep.answer(tx, asked, keys, tools.settings, tools.clock.now())


def _recipient(asked: ScepRequest, keys: list[tuple[int, CertifiedKey]]) -> CertifiedKey:
    return next(key for _, key in keys if key.certificate == asked.recipient)


def _failure(
    asked: ScepRequest | ScepRefusal, fail_info: FailInfo, recipient: CertifiedKey
) -> _Reply:
    body = failure(asked, fail_info, recipient, random_bytes(NONCE_BYTES), _REFUSED)
    return _Reply(body, is_granted=False)


def _note(transaction_id: str, reason: str, fail_info: FailInfo) -> None:
    fields = {TRANSACTION_ID: transaction_id[:64], REASON: reason, FAIL_INFO: fail_info.name}
    log.warning("scep_refused", extra=fields)


def _exact(body: bytes, content_type: str) -> Response:
    """A response whose type carries no charset: clients compare the whole header."""
    response = Response(body)
    response.headers["Content-Type"] = content_type
    return response


def _http_failure(error: Exception) -> Response:
    answer = answer_for(error)
    return Response(answer.body, answer.status, dict(answer.headers))
