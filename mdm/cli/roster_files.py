"""Rosters as files: `mdm roster import`, `mdm roster export`, `mdm roster mapping`.

Not here: what becomes of an import (rosters.py).
"""

from pathlib import Path

import click

from mdm.base.errors import InvalidInput
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.cli.roster_words import count_rows, finding_line, tell
from mdm.rooms.access.service import Act
from mdm.rooms.rosters import exporting, mappings, nameless, reading, service
from mdm.rooms.rosters.reading import Reading, Upload
from mdm.rooms.schools.models import School
from mdm.rooms.schools.service import school_by_number
from policies.roster.formats.generic import header_of
from policies.roster.formats.mapping import Column, ColumnMapping, guess_mapping
from policies.roster.formats.recognise import Format
from policies.roster.values import Role

_SCHOOL = click.option("--school", "number", required=True)
_MOST_FINDINGS = 20
_PAIRS = click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="HEADING=FIELD",
    help=f"What a column means; repeatable. Fields: {', '.join(Column)}.",
)
_ROLE = click.option(
    "--role",
    default=Role.PUPIL.value,
    show_default=True,
    type=click.Choice([role.value for role in Role]),
    help="Of everybody, where no column says it.",
)
_LOCAL = click.option("--local-ids", is_flag=True, help="Identifiers count within the school only.")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_SCHOOL
@click.option(
    "--format",
    "format_name",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", *Format]),
)
@click.option("--mapping", "mapping_name", help="A saved mapping of columns.")
@_PAIRS
@_ROLE
@_LOCAL
@click.option("--known-as", default="", help="What the file calls the school, if not its number.")
@click.option("--partial", is_flag=True, help="Nobody leaves for not being named.")
@click.option("--with-names", is_flag=True, help="Give a nameless school its names again.")
@pass_house
def import_file(
    house: House,
    file: Path,
    number: str,
    format_name: str,
    mapping_name: str | None,
    pairs: tuple[str, ...],
    role: str,
    local_ids: bool,
    known_as: str,
    partial: bool,
    with_names: bool,
) -> None:
    """Read a file, say what it would change, and leave it as a draft."""
    if mapping_name and pairs:
        raise click.UsageError("either --mapping or --map")
    with house.reading() as tx:
        school = school_by_number(tx, number)
        acting = house.acting_for(tx, Act.MANAGE, school)
        mapping = _mapping(pairs, role, local_ids) if pairs else None
        if mapping_name:
            mapping = mappings.find(tx, acting, school.id, mapping_name)
    wanted = None if format_name == "auto" else Format(format_name)
    wanted = Format.GENERIC if mapping is not None and wanted is None else wanted
    limits = reading.limits_of(house.settings)
    content = _content(file, limits.file_bytes)
    upload = Upload(file.name, content, complete=not partial, known_as=known_as)
    read = reading.read(upload, school, wanted, mapping, limits)
    _draft(house, school.number, read, with_names=with_names)


@click.command()
@_SCHOOL
@click.option(
    "--format",
    "format_name",
    default=Format.GENERIC.value,
    show_default=True,
    type=click.Choice([kind.value for kind in exporting.FORMATS]),
)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@pass_house
def export(house: House, number: str, format_name: str, output: Path) -> None:
    """Write the roster of a school to a file, which can be imported again as it is."""
    with house.transaction() as tx:
        school = school_by_number(tx, number)
        acting = house.acting_for(tx, Act.MANAGE, school)
        made = exporting.export(tx, acting, school, Format(format_name), house.now())
    output.touch(mode=0o600)
    output.write_bytes(made.content)
    say(f"{output} holds the roster of school {number}; it names people, so keep it safe.")


@click.group()
def mapping() -> None:
    """Look after saved mappings of columns."""


@mapping.command()
@click.argument("name")
@click.option("--school", "number", help="Otherwise for every school.")
@click.option(
    "--like",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Guess it from the headings of this file.",
)
@_PAIRS
@_ROLE
@_LOCAL
@pass_house
def save(
    house: House,
    name: str,
    number: str | None,
    like: Path | None,
    pairs: tuple[str, ...],
    role: str,
    local_ids: bool,
) -> None:
    """Save what the columns of a school's file mean; one of the same name is replaced."""
    if bool(like) == bool(pairs):
        raise click.UsageError("either --map or --like")
    if like is not None:
        limits = reading.limits_of(house.settings)
        wanted = guess_mapping(header_of(_content(like, limits.file_bytes), limits))
    else:
        wanted = _mapping(pairs, role, local_ids)
    with house.transaction() as tx:
        school = school_by_number(tx, number) if number else None
        mappings.save(
            tx, house.acting_for(tx, Act.MANAGE, school), school, name, wanted, house.now()
        )
    say(f"{name} is saved.")


@mapping.command("list")
@_SCHOOL
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def list_mappings(house: House, number: str, as_json: bool) -> None:
    """List the mappings that a school may use."""
    with house.reading() as tx:
        school = school_by_number(tx, number)
        found = mappings.mappings(tx, house.acting(tx), school.id)
    rows = [(one.name, one.school_id is None, one.mapping) for one in found]
    if as_json:
        return print_json(
            [{"name": n, "for_all": every, "columns": dict(m.columns)} for n, every, m in rows]
        )
    return print_table(
        ("Name", "For all", "Columns"),
        [(n, every, ", ".join(f"{h}={c}" for h, c in m.columns)) for n, every, m in rows],
    )


def _content(file: Path, most: int) -> bytes:
    """A file, or a byte more than allowed of it, which is refused then."""
    with file.open("rb") as source:
        return source.read(most + 1)


def _mapping(pairs: tuple[str, ...], role: str, local_ids: bool) -> ColumnMapping:
    return ColumnMapping.saved(dict(_pair(text) for text in pairs), role, local_ids)


def _pair(text: str) -> tuple[str, str]:
    heading, separator, field = text.rpartition("=")
    if not separator:
        raise click.UsageError(f"write it as HEADING=FIELD, not {text}")
    if field not in set(Column):
        raise InvalidInput("map", f"{field} is no field", f"Use one of {', '.join(Column)}.")
    return heading, field


def _draft(house: House, number: str, read: Reading, with_names: bool) -> None:
    for note in read.notes[:_MOST_FINDINGS]:
        say(f"note: {finding_line(note)}")
    if read.file is None:
        raise click.ClickException(_refused(read))
    if read.skipped:
        say(f"{read.skipped} rows are no longer current, and were left out")
    with house.transaction() as tx:
        school: School = school_by_number(tx, number)
        acting, vault, now = house.acting(tx), house.tools.vault, house.now()
        if with_names:
            row = nameless.bring_in_names(tx, vault, acting, school, read.file, now)
        else:
            row = service.draft(tx, vault, acting, read.file, now)
        shown = service.show(tx, vault, acting, row.id)
        print_table(("What", "Added", "Changed", "Removed"), count_rows(shown))
        say(f"Import {row.id} is drafted; nothing is written yet.")
        tell(shown)


def _refused(read: Reading) -> str:
    """Every finding on a line of its own, the first of them."""
    lines = [finding_line(finding) for finding in read.findings[:_MOST_FINDINGS]]
    if len(read.findings) > _MOST_FINDINGS:
        lines.append(f"and {len(read.findings) - _MOST_FINDINGS} more; nothing was drafted")
    return "\n".join(lines)
