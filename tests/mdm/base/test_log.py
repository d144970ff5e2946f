"""What leaves as a log line, and what does not."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from mdm.base import log

NOISY = ("rq", "rq.worker", "rq.job", "rq.queue", "rq.registry", "httpx", "alembic")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Put the loggers back as they were: they belong to the whole process."""
    known = [logging.getLogger(name) for name in (None, *log._NOISY)]
    levels = [logger.level for logger in known]
    handlers = list(known[0].handlers)
    yield
    known[0].handlers[:] = handlers
    for logger, level in zip(known, levels, strict=True):
        logger.setLevel(level)


def said(level: str, logger: str, spoken: int) -> list[str]:
    """The events that leave when a logger speaks once."""
    stream = io.StringIO()
    log.configure(level, stream)
    logging.getLogger(logger).log(spoken, "something")
    return [json.loads(line)["event"] for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("logger", NOISY)
def test_a_library_that_speaks_of_everything_is_heard_from_warnings_on(logger: str) -> None:
    assert said("INFO", logger, logging.INFO) == []
    assert said("INFO", logger, logging.WARNING) == ["something"]


@pytest.mark.parametrize("logger", NOISY)
def test_whoever_asks_for_errors_only_gets_no_warnings_of_a_library(logger: str) -> None:
    assert said("ERROR", logger, logging.WARNING) == []


def test_the_house_itself_is_heard_as_loud_as_was_asked_for() -> None:
    assert said("INFO", "mdm.doors.jobs", logging.INFO) == ["something"]
    assert said("WARNING", "mdm.doors.jobs", logging.INFO) == []
