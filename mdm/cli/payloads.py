"""`mdm payload`: settings for iPads, written in a file by name, made into a profile.

Here: files into a `.mobileconfig`. Not here: what a file may say (mdm.rooms.blueprints.written),
its way into the library (`mdm profile upload`, or the page), the fields (profiles.payloads).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from mdm.base.toml_text import LARGEST
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_table, say
from mdm.cli.toml_file import read_bytes
from mdm.rooms.blueprints.written import profile_from_text
from profiles.configuration_profile import MAX_BYTES
from profiles.payloads.by_name import BUILDERS, forms_of
from profiles.typed_values import fields_of, tables_in, wording


@click.group()
def payload() -> None:
    """Write settings for iPads in a file: passcode, web clips, printers, filters and so on."""


@payload.command("list")
def list_types() -> None:
    """List the types of payload that a file may hold."""
    rows = [
        (name, ", ".join(dict.fromkeys(field for form in forms_of(name) for field in form.fields)))
        for name in BUILDERS
    ]
    print_table(("Type", "Fields"), rows)


@payload.command()
@click.argument("name", metavar="TYPE", type=click.Choice(list(BUILDERS)))
def show(name: str) -> None:
    """Show the fields of a type, and what to write there."""
    for number, form in enumerate(forms_of(name)):
        if number:
            click.echo("or")
        print_table(("Field", "", "What to write"), _rows("", form.fields, form.required))


@payload.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@pass_house
def build(house: House, file: Path, output: Path) -> None:
    """Make a profile of a TOML file: its name, its identifier, and one [[payload]] for each.

    To have it in the library, upload the file itself, or what is made of it here.
    `{ from_file = "NAME" }` stands for what another file holds, found beside this one.
    """
    body = body_of(file, house.now())
    # It may hold passwords.
    output.touch(mode=0o600)
    output.write_bytes(body)
    say(f"{output} is ready for mdm profile upload; keep it safe when it holds passwords.")


def body_of(file: Path, now: datetime) -> bytes:
    """The profile that a file of settings makes. raises: OSError, InvalidInput with field, line."""

    def content(name: str) -> bytes:
        return read_bytes(file.parent / name, MAX_BYTES)

    return profile_from_text(file.name, read_bytes(file, LARGEST), content, now)


def _rows(
    above: str, kinds: Mapping[str, Any], required: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    """Each field, and below it those of the tables that it takes."""
    for name, kind in kinds.items():
        path = f"{above}{name}"
        yield path, "required" if name in required else "", wording(kind)
        for mark, table in tables_in(kind):
            yield from _rows(f"{path}{mark}.", *fields_of(table))
