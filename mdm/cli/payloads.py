"""`mdm payload`: settings for iPads, written in a file by name, made into a profile.

Here: files into a `.mobileconfig`. Not here: its way into the library (`mdm profile upload`, or
the page), the payloads and their fields (profiles.payloads).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from mdm.base.errors import InvalidInput
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_table, say
from mdm.cli.toml_file import naming_the_line, only_keys, read_bytes, read_toml, text_of
from mdm.rooms.blueprints.custom import read_custom
from mdm.rooms.blueprints.explained import explained
from profiles.configuration_profile import (
    MAX_BYTES,
    ConfigurationProfile,
    to_bytes,
    with_content_uuid,
)
from profiles.payloads.by_name import BUILDERS, forms_of, payloads_from
from profiles.typed_values import fields_of, tables_in, wording

_UNNAMED = "00000000-0000-0000-0000-000000000000"
_FROM_FILE = "from_file"


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

    Upload the result to have it in the library. `{ from_file = "NAME" }` stands for what another
    file holds, found beside this one.
    """
    document = read_toml(file)
    with naming_the_line(file):
        only_keys(document, "name", "identifier", "payload")
        body = to_bytes(_profile(document, file.parent))
        with explained():
            read_custom(body, house.now())
    # It may hold passwords.
    output.touch(mode=0o600)
    output.write_bytes(body)
    say(f"{output} is ready for mdm profile upload; keep it safe when it holds passwords.")


def _rows(
    above: str, kinds: Mapping[str, Any], required: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    """Each field, and below it those of the tables that it takes."""
    for name, kind in kinds.items():
        path = f"{above}{name}"
        yield path, "required" if name in required else "", wording(kind)
        for mark, table in tables_in(kind):
            yield from _rows(f"{path}{mark}.", *fields_of(table))


def _profile(document: dict[str, Any], folder: Path) -> ConfigurationProfile:
    identifier = text_of(document, "identifier")
    payloads = payloads_from(_with_files(document.get("payload"), folder), identifier)
    profile = ConfigurationProfile(identifier, _UNNAMED, text_of(document, "name"), payloads)
    return with_content_uuid(profile)


def _with_files(value: Any, folder: Path) -> Any:
    """The same value with the content of each file that it names."""
    if isinstance(value, dict):
        if value.keys() == {_FROM_FILE}:
            return _content(folder, value[_FROM_FILE])
        return {key: _with_files(entry, folder) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_files(entry, folder) for entry in value]
    return value


def _content(folder: Path, name: object) -> bytes:
    if not isinstance(name, str):
        raise InvalidInput(_FROM_FILE, "is no text", "Give the name of a file.")
    return read_bytes(folder / name, MAX_BYTES)
