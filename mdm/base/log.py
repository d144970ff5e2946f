"""How log lines leave the house: constant event words with fields, one line each.

People at a terminal get readable lines, everybody else JSON. Only fields named in logkeys.py
are written; a field somebody invents is left out, so that no secret slips in with an object.
"""

import logging
import sys
from typing import Any, TextIO

import structlog

from mdm.base import logkeys

_FIELDS = frozenset(
    value for name, value in vars(logkeys).items() if name.isupper() and isinstance(value, str)
)
# These speak of every request, statement or ring: only their warnings are worth reading.
_NOISY = ("httpx", "httpcore", "hpack", "alembic", "rq", "rq.worker", "rq.job", "_granian.asgi")


def configure(level: str, stream: TextIO = sys.stderr) -> None:
    """Send every log line of this process to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(for_people=stream.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))


def _formatter(*, for_people: bool) -> logging.Formatter:
    last: Any = (
        structlog.dev.ConsoleRenderer()
        if for_people
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _known_fields,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            last,
        ],
    )


def _known_fields(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event.update({k: v for k, v in vars(record).items() if k in _FIELDS})
    return event
