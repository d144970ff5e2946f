"""/healthz and /metrics: for load balancers and for those who watch at night."""

import hmac

from flask import Flask, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from mdm.base.db import UNAVAILABLE
from mdm.base.tools import Tools


def install(app: Flask, tools: Tools) -> None:
    """Serve the two addresses. Redis is not asked: devices are served without it."""

    def healthz() -> tuple[Response, int]:
        try:
            with tools.database.reading() as tx:
                tx.execute(text("SELECT 1"))
        except UNAVAILABLE:
            return jsonify(status="database unavailable"), 503
        return jsonify(status="ok"), 200

    def metrics() -> Response:
        # Not by address: behind a proxy on the same machine everybody comes from loopback.
        if not _knows(tools.settings.metrics_token):
            abort(404)
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    app.add_url_rule("/healthz", "wire_healthz", healthz)
    app.add_url_rule("/metrics", "wire_metrics", metrics)


def _knows(token: str) -> bool:
    """Whether the request shows the token; figures about a city's schools are not for others."""
    shown = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
