"""`mdm profile`: profiles and files of settings come into the library; what the library has.

Uploading gives nothing to anybody: an assignment, a blueprint or a change plan does. For who has
another version of the profile, uploading drafts the plan that gives them the new one.
"""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import or_, select

from mdm.cli import change_json
from mdm.cli.change_lines import plan_lines
from mdm.cli.change_words import HIDES_SETTINGS
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.cli.payloads import body_of
from mdm.cli.toml_file import read_bytes
from mdm.rooms.access.service import Act
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.models import Profile
from mdm.rooms.blueprints.written import is_written
from mdm.rooms.changes.replacing import draft_profile
from mdm.rooms.schools.models import School
from mdm.rooms.schools.service import school_by_number
from policies.hidden_settings import restrictions_hide_settings
from profiles.configuration_profile import MAX_BYTES
from profiles.uploaded_profile import WarningKind

_SENTENCES = {
    WarningKind.UNKNOWN_TYPE: "its keys could not be checked",
    WarningKind.NOT_FOR_IPAD: "iPads take no payload of this type",
    WarningKind.REMOVAL_DISALLOWED: "says nothing: nobody can remove what a server installs",
    WarningKind.SIGNER_NOT_VALID: "the certificate of the signer is too old, or not valid yet",
}


@click.group()
def profile() -> None:
    """Look after the library of profiles."""


@profile.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def list_profiles(house: House, as_json: bool) -> None:
    """List the profiles in use, the city's first."""
    query = (
        select(Profile, School.number)
        .outerjoin(School, School.id == Profile.school_id)
        .where(Profile.retired_at.is_(None))
        .order_by(School.number.is_not(None), School.number, Profile.name)
    )
    with house.reading() as tx:
        seen = house.acting(tx).school_ids
        if seen is not None:
            query = query.where(or_(Profile.school_id.is_(None), Profile.school_id.in_(seen)))
        rows = [
            (p.id, p.name, school, p.kind.value, p.current_version, p.identifier)
            for p, school in tx.execute(query)
        ]
    if as_json:
        names = ("id", "name", "school", "kind", "version", "identifier")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_table(("ID", "Name", "School", "Kind", "Version", "Identifier"), rows)


@profile.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--school", "number", help="Whose it is; without, the city's.")
@click.option("--name", required=True, help="Of the profile, as iPads list it.")
@pass_house
def upload(house: House, file: Path, number: str | None, name: str) -> None:
    """Put a profile into the library: a .mobileconfig, plain or signed, or a .toml of settings.

    A .toml is read as mdm payload build reads it. What a profile must not do is refused.
    """
    vault, now = house.tools.vault, house.now()
    body = body_of(file, now) if is_written(file.name) else read_bytes(file, MAX_BYTES)
    with house.transaction() as tx:
        school = school_by_number(tx, number) if number else None
        acting = house.acting_for(tx, Act.MANAGE, school)
        saved = blueprints.save_custom(tx, vault, school, name, body, acting.actor, now)
        title = f"{saved.profile.name}: version {saved.version.version} for whoever has it"
        plan = draft_profile(tx, vault, acting, saved, title, now)
        told = change_json.document(tx, vault, acting, plan) if plan is not None else None
    row, version = saved.profile, saved.version
    for line in _remarks(version.summary):
        say(line)
    what = "is saved as" if saved.is_new else "already is exactly that, in"
    say(f"{row.name} (ID {row.id}) {what} version {version.version}.")
    for line in plan_lines(told) if told is not None else ():
        say(line)
    click.echo(row.identifier)


def _remarks(summary: dict[str, Any]) -> list[str]:
    """Who signed, and what the author should know."""
    signed = summary.get("signed_by")
    lines = ["Nobody signed it."]
    if signed:
        lines = [f"Signed by {signed['subject']} (SHA-256 {signed['fingerprint']})."]
    for warning in summary.get("warnings", ()):
        about = f" ({warning['about']})" if warning["about"] else ""
        lines.append(f"{warning['field']}{about}: {_SENTENCES[WarningKind(warning['kind'])]}")
    if restrictions_hide_settings(summary["restrictions"]):
        lines.append(f"Note: where it applies, {HIDES_SETTINGS}.")
    return lines
