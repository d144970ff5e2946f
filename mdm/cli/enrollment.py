"""`mdm enrollment-link` and `mdm enrollment-profile`: the ways an iPad is invited."""

import sys
from datetime import timedelta

import click
import segno
from sqlalchemy import select

from mdm.cli.house import House, find_school, pass_house
from mdm.cli.output import say
from mdm.rooms.access.service import Act
from mdm.rooms.authority import service as authority
from mdm.rooms.devices import decisions
from mdm.rooms.devices.models import Device
from mdm.rooms.links import service
from mdm.rooms.links.models import EnrollmentLink
from mdm.rooms.links.profile import enrollment_profile as build_profile


@click.group()
def enrollment_link() -> None:
    """Look after enrolment links."""


@enrollment_link.command()
@click.option("--school", "number", required=True)
@click.option("--class", "class_name", help="A class of it, say 7b.")
@click.option("--uses", default=30, show_default=True, help="How many iPads may use it.")
@click.option("--hours", type=int, help="How long it lives; the setting LINK_HOURS unless given.")
@click.option("--qr", is_flag=True, help="Also draw it, for the cameras of the iPads.")
@pass_house
def create(
    house: House, number: str, class_name: str | None, uses: int, hours: int | None, qr: bool
) -> None:
    """Make a link that a class set opens, and print its address."""
    with house.transaction() as tx:
        school, group = find_school(tx, number, class_name)
        actor = house.acting_for(tx, Act.INVITE, school).actor
        made = service.create_link(
            tx,
            house.tools.vault,
            house.settings,
            school,
            group,
            actor,
            house.now(),
            max_uses=uses,
            lifetime=timedelta(hours=hours) if hours is not None else None,
        )
    click.echo(made.url)
    if qr:
        segno.make(made.url, error="m").terminal(out=sys.stderr, compact=True)


@click.command()
@click.option("--school", "number", required=True)
@click.option("--class", "class_name", help="A class of it, say 7b.")
@click.option("--serial", help="For this iPad alone; it is expected from now on.")
@pass_house
def enrollment_profile(
    house: House, number: str, class_name: str | None, serial: str | None
) -> None:
    """Print the signed profile that enrols one iPad, to be put on it by hand.

    For example: mdm enrollment-profile --school 12 > ipad.mobileconfig
    """
    with house.transaction() as tx:
        school, group = find_school(tx, number, class_name)
        actor = house.acting_for(tx, Act.INVITE, school).actor
        tools, settings, now = house.tools, house.settings, house.now()
        authority.ensure(tx, tools.vault, settings.organization, now)
        made = service.create_link(tx, tools.vault, settings, school, group, actor, now, max_uses=1)
        link = tx.get_one(EnrollmentLink, made.id)
        if serial is None:
            token = made.url.rpartition("/")[2]
            link, challenge = service.use_link(tx, tools.vault, settings, token, now)
        else:
            group_id = group.id if group is not None else None
            decisions.expect(tx, [serial], school.id, group_id, actor, now)
            device = tx.scalars(select(Device).where(Device.serial == serial.upper())).one()
            challenge = service.device_challenge(tx, device, link, now)
        profile = build_profile(tx, tools.vault, settings, challenge)
    click.echo(profile, nl=False)
    say(f"It enrols one iPad of {school.name} within {settings.challenge_minutes} minutes.")
