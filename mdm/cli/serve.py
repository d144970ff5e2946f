"""`mdm serve`: devices or people, each in processes of their own, behind a city's proxy."""

from collections.abc import Callable
from typing import Any

import click

from mdm.cli.production import production_settings
from mdm.cli.web import Listening, Part
from mdm.cli.web import serve as serve_web


def _listening(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options both have in common."""
    for option in (
        click.option("--allow-sqlite", is_flag=True, help="For a single school."),
        click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64)),
        click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535)),
        click.option("--host", default="127.0.0.1", show_default=True),
    ):
        command = option(command)
    return command


@click.group()
def serve() -> None:
    """Serve for production: device door and console apart, so that no report starves check-ins."""


@serve.command()
@_listening
def device(host: str, port: int, workers: int, allow_sqlite: bool) -> None:
    """Serve iPads: check-in, commands, SCEP, enrolment links."""
    settings = production_settings(allow_sqlite=allow_sqlite)
    serve_web(settings, Part.DEVICE, Listening(host, port, workers))


@serve.command()
@_listening
def console(host: str, port: int, workers: int, allow_sqlite: bool) -> None:
    """Serve people: the console."""
    settings = production_settings(allow_sqlite=allow_sqlite)
    serve_web(settings, Part.CONSOLE, Listening(host, port, workers))
