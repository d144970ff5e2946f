"""`mdm master-key`: draw the key that seals every other secret."""

import click

from mdm.cli.home import new_master_key


@click.group()
def master_key() -> None:
    """Look after the master key."""


@master_key.command()
def new() -> None:
    """Print a new master key, to be kept outside KLASSENSATZ_HOME.

    For example: mdm master-key new > /etc/klassensatz/master.key
    """
    click.echo(new_master_key())
