"""/healthz and /metrics: for load balancers and for those who watch at night."""

from ipaddress import ip_address

from flask import Flask, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from mdm.base.tools import Tools
from mdm.doors.wire.errors import UNAVAILABLE


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
        # Figures about a city's schools are nobody's business outside this machine.
        if not ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104
            abort(404)
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    app.add_url_rule("/healthz", "wire_healthz", healthz)
    app.add_url_rule("/metrics", "wire_metrics", metrics)
