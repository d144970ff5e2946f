"""`mdm wifi`, `mdm restrictions`, `mdm app`: what a school or a class gets.

Setting saves a version and drafts who gets it; nothing happens before the plan is approved with
`mdm change approve`.
"""

from typing import Any

import click

from mdm.base.db import Tx
from mdm.cli import change_json
from mdm.cli.change_words import HIDES_SETTINGS
from mdm.cli.changes import tell
from mdm.cli.house import House, find_school, pass_house
from mdm.cli.output import print_json, say
from mdm.cli.people import password_from_stdin
from mdm.cli.restriction_values import read_restrictions
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.assignments.apps import save_app
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.changes.replacing import draft_app, draft_profile
from mdm.rooms.schools.models import ClassGroup, School
from policies.hidden_settings import restrictions_hide_settings
from policies.operations import Target
from profiles.payloads.wifi import Encryption, Personal, WifiNetwork

_SCHOOL = click.option("--school", "number", required=True)
_CLASS = click.option("--class", "class_name", help="Only for this class.")
_REASON = click.option("--reason", default="", help="Kept with the plan and in the journal.")
_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group()
def wifi() -> None:
    """Look after the network of a school."""


@wifi.command("set")
@_SCHOOL
@_CLASS
@click.option("--ssid", required=True)
@click.option("--name", default="WLAN", show_default=True, help="Of the profile, as iPads list it.")
@click.option("--hidden", is_flag=True, help="The network does not announce itself.")
@click.option("--wpa3-only", is_flag=True)
@click.option("--password-stdin", is_flag=True, required=True, help="Read it from standard input.")
@_REASON
@_JSON
@pass_house
def set_wifi(
    house: House,
    number: str,
    class_name: str | None,
    ssid: str,
    name: str,
    hidden: bool,
    wpa3_only: bool,
    password_stdin: bool,
    reason: str,
    as_json: bool,
) -> None:
    """Draft the network that iPads of a school join, with one passphrase for all."""
    encryption = Encryption.WPA3_ONLY if wpa3_only else Encryption.WPA2_OR_WPA3
    access = Personal(password_from_stdin(), encryption)
    network = WifiNetwork(ssid, access, hidden=hidden)
    with house.transaction() as tx:
        school, group = find_school(tx, number, class_name)
        acting = house.acting_for(tx, Act.MANAGE, school)
        vault = house.tools.vault
        saved = blueprints.save_wifi(tx, vault, school, name, network, acting.actor, house.now())
        told = _draft(house, tx, acting, school, group, saved, reason)
    _tell(f"{name} already is exactly that.", told, as_json)


@click.group()
def restrictions() -> None:
    """Look after what iPads of a school do not allow."""


@restrictions.command("set")
@_SCHOOL
@_CLASS
@click.option("--name", default="Einschränkungen", show_default=True)
@_REASON
@_JSON
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE…")
@pass_house
def set_restrictions(
    house: House,
    number: str,
    class_name: str | None,
    name: str,
    reason: str,
    as_json: bool,
    pairs: tuple[str, ...],
) -> None:
    """Draft restrictions by Apple's keys, say allowCamera=false; they replace those set before.

    Lists are separated by commas.
    """
    wanted = read_restrictions(pairs)
    with house.transaction() as tx:
        school, group = find_school(tx, number, class_name)
        acting = house.acting_for(tx, Act.MANAGE, school)
        vault, now = house.tools.vault, house.now()
        saved = blueprints.save_restrictions(tx, vault, school, name, wanted, acting.actor, now)
        told = _draft(house, tx, acting, school, group, saved, reason)
        hidden = restrictions_hide_settings(saved.version.summary["restrictions"])
    if hidden:
        say(f"Note: where it applies, {HIDES_SETTINGS}.")
    _tell(f"{name} already is exactly that.", told, as_json)


@click.group()
def app() -> None:
    """Look after apps."""


@app.command("add")
@click.option("--bundle-id", required=True, help="Say de.example.vokabeln.")
@click.option("--store-id", type=int, help="Its number in the store; without, it has a manifest.")
@click.option("--name", required=True)
@pass_house
def add_app(house: House, bundle_id: str, store_id: int | None, name: str) -> None:
    """Put an app into the library, for blueprints and assignments; no iPad gets it by this."""
    with house.transaction() as tx:
        saved = save_app(tx, house.acting(tx), bundle_id, store_id, name, house.now())
    say(f"{saved.name} is in the library.")


@app.command()
@_SCHOOL
@_CLASS
@click.option("--bundle-id", required=True, help="Say de.example.vokabeln.")
@click.option("--store-id", required=True, type=int, help="Its number in the store.")
@click.option("--name", required=True)
@_REASON
@_JSON
@pass_house
def assign(
    house: House,
    number: str,
    class_name: str | None,
    bundle_id: str,
    store_id: int,
    name: str,
    reason: str,
    as_json: bool,
) -> None:
    """Draft that a school or one of its classes gets an app."""
    with house.transaction() as tx:
        school, group = find_school(tx, number, class_name)
        acting, now = house.acting_for(tx, Act.MANAGE, school), house.now()
        saved = save_app(tx, acting, bundle_id, store_id, name, now)
        vault, title = house.tools.vault, f"{saved.name} for {_for_whom(school, group)}"
        target = _target(school, group)
        plan = draft_app(tx, vault, acting, saved, target, title, now, reason=reason)
        told = change_json.document(tx, vault, acting, plan) if plan is not None else None
    _tell(f"{saved.name} is given there already.", told, as_json)


def _draft(
    house: House,
    tx: Tx,
    acting: Viewer,
    school: School,
    group: ClassGroup | None,
    saved: Saved,
    reason: str,
) -> dict[str, Any] | None:
    """Draft that a saved profile is given; None when it is already. returns: the plan, told."""
    vault, now = house.tools.vault, house.now()
    title = f"{saved.profile.name} for {_for_whom(school, group)}"
    target = _target(school, group)
    plan = draft_profile(tx, vault, acting, saved, title, now, target=target, reason=reason)
    return change_json.document(tx, vault, acting, plan) if plan is not None else None


def _target(school: School, group: ClassGroup | None) -> Target:
    return Target(school.id, class_group_id=group.id if group is not None else None)


def _for_whom(school: School, group: ClassGroup | None) -> str:
    here = f"school {school.number}"
    return f"class {group.name} of {here}" if group is not None else here


def _tell(nothing: str, told: dict[str, Any] | None, as_json: bool) -> None:
    """Print a drafted plan, or why there is none; for programs then null."""
    if told is None and not as_json:
        say(nothing)
    elif told is None:
        print_json(None)
    else:
        tell(told, as_json)
