"""`mdm user`: add people who may sign in."""

import sys

import click

from mdm.base.identifiers import new_secret
from mdm.cli.house import House, pass_house
from mdm.cli.output import say
from mdm.rooms.access import service
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import Act
from mdm.rooms.schools.service import school_by_number

_NEEDS_SCHOOL = {Role.CAMPUS_MANAGER, Role.HELPDESK, Role.READER}


@click.group()
def user() -> None:
    """Look after people."""


@user.command()
@click.argument("login")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--school", "numbers", multiple=True, help="A school he looks after; repeatable.")
@click.option("--name", "display_name", default="", help="As it stands on pages.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@pass_house
def add(
    house: House,
    login: str,
    role: str,
    numbers: tuple[str, ...],
    display_name: str,
    password_stdin: bool,
) -> None:
    """Add somebody who may sign in to the console.

    Without --password-stdin a password is made up and printed once.
    """
    if Role(role) in _NEEDS_SCHOOL and not numbers:
        raise click.UsageError(f"a {role} needs at least one --school")
    password = password_from_stdin() if password_stdin else new_secret(15)
    with house.transaction() as tx:
        actor = house.acting_for(tx, Act.ADMINISTER, None).actor
        school_ids = [school_by_number(tx, number).id for number in numbers]
        service.add_person(
            tx, login, display_name, Role(role), password, actor, house.now(), school_ids
        )
    say(f"{login} was added as {role}.")
    if not password_stdin:
        click.echo(password)


def password_from_stdin() -> str:
    """Read a secret from the first line of standard input.

    raises: UsageError when there is none.
    """
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise click.UsageError("nothing came on standard input")
    return line
