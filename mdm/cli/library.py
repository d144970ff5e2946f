"""`mdm wifi`, `mdm restrictions`, `mdm app`: what a school or a class gets.

Setting saves a version and assigns it; setting it again replaces it on the devices.
"""

import click

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.cli.house import House, find_school, pass_house
from mdm.cli.output import say
from mdm.cli.people import password_from_stdin
from mdm.cli.restriction_values import read_restrictions
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.apps import save_app
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.schools.models import ClassGroup, School
from profiles.payloads.wifi import Encryption, Personal, WifiNetwork

_SCHOOL = click.option("--school", "number", required=True)
_CLASS = click.option("--class", "class_name", help="Only for this class.")
_REASON = click.option("--reason", default="", help="Kept in the journal.")


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
) -> None:
    """Set the network that iPads of a school join, with one passphrase for all."""
    encryption = Encryption.WPA3_ONLY if wpa3_only else Encryption.WPA2_OR_WPA3
    access = Personal(password_from_stdin(), encryption)
    network = WifiNetwork(ssid, access, hidden=hidden)
    with house.transaction(Job.RECONCILE) as tx:
        school, group = find_school(tx, number, class_name)
        acting = house.acting_for(tx, Act.MANAGE, school)
        vault = house.tools.vault
        saved = blueprints.save_wifi(tx, vault, school, name, network, acting.actor, house.now())
        _give(house, tx, acting, school, group, saved, reason)
    _tell(saved)


@click.group()
def restrictions() -> None:
    """Look after what iPads of a school do not allow."""


@restrictions.command("set")
@_SCHOOL
@_CLASS
@click.option("--name", default="Einschränkungen", show_default=True)
@_REASON
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE…")
@pass_house
def set_restrictions(
    house: House,
    number: str,
    class_name: str | None,
    name: str,
    reason: str,
    pairs: tuple[str, ...],
) -> None:
    """Set restrictions by Apple's keys, say allowCamera=false; the set given replaces the old one.

    Lists are separated by commas.
    """
    wanted = read_restrictions(pairs)
    with house.transaction(Job.RECONCILE) as tx:
        school, group = find_school(tx, number, class_name)
        acting = house.acting_for(tx, Act.MANAGE, school)
        vault, now = house.tools.vault, house.now()
        saved = blueprints.save_restrictions(tx, vault, school, name, wanted, acting.actor, now)
        _give(house, tx, acting, school, group, saved, reason)
    _tell(saved)


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
@pass_house
def assign(
    house: House,
    number: str,
    class_name: str | None,
    bundle_id: str,
    store_id: int,
    name: str,
    reason: str,
) -> None:
    """Give an app to a school or to one of its classes."""
    with house.transaction(Job.RECONCILE) as tx:
        school, group = find_school(tx, number, class_name)
        acting, now = house.acting_for(tx, Act.MANAGE, school), house.now()
        saved = save_app(tx, acting, bundle_id, store_id, name, now)
        assignments.assign(tx, school, group, saved, acting.actor, now, reason)
    say(f"{name} is assigned; iPads get it with their next plan.")


def _give(
    house: House,
    tx: Tx,
    acting: Viewer,
    school: School,
    group: ClassGroup | None,
    saved: Saved,
    reason: str,
) -> None:
    now = house.now()
    assignments.assign(tx, school, group, saved.profile, acting.actor, now, reason)
    assignments.announce(tx, saved)


def _tell(saved: Saved) -> None:
    if saved.is_new:
        say(f"{saved.profile.name} is now version {saved.version.version}; iPads get it soon.")
    else:
        say(f"{saved.profile.name} already is exactly that.")
