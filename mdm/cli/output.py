"""What a verb prints: answers on standard output, everything about them on standard error."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table


def say(text: str) -> None:
    """Tell whoever typed the command; not part of the answer."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """Print an answer for programs: one document, instants in ISO form."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print an answer for people; in a pipe one line a row, never cut off."""
    console = Console(highlight=False)
    if not console.is_terminal:
        for row in rows:
            click.echo("\t".join(text(cell) for cell in row))
        return
    table = Table(*headings, box=None, header_style="bold")
    for row in rows:
        # What a device calls itself is no markup.
        table.add_row(*(text(cell).replace("[", r"\[") for cell in row))
    console.print(table)


def text(value: object) -> str:
    """A value in a cell: nothing for None, local time for an instant."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
