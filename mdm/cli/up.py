"""`mdm up`: everything on one machine, until Ctrl-C or SIGTERM."""

import click

from mdm.base import log
from mdm.base.settings import PREFIX, read_settings
from mdm.cli.address import choose_address
from mdm.cli.certificate import root_path
from mdm.cli.ending import Ending
from mdm.cli.output import say
from mdm.cli.whole import Plan, running

_LOOK_S = 0.25


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65_535),
    help="0 takes a free one.",
)
@click.option(
    "--public-url",
    envvar=f"{PREFIX}PUBLIC_URL",
    help="How iPads and people reach it; iPads keep it for ever.",
)
@click.option("--tls", is_flag=True, help="HTTPS with a certificate of the embedded authority.")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Web processes."
)
def up(host: str, port: int, public_url: str | None, tls: bool, workers: int) -> None:
    """Run database, Redis, web server and workers on this machine, for a trial.

    All state is in the folder KLASSENSATZ_HOME, ./var unless it is set. Ctrl-C ends everything.
    """
    log.configure(read_settings().log_level)
    address = choose_address(host, port, public_url, tls=tls)
    with Ending() as ending, running(Plan(address, web_workers=workers), ending) as whole:
        if tls:
            say(f"Trust this root on an iPad first: {root_path(whole.supervisor.home)}")
        say(f"Klassensatz answers at {address.public_url} (Ctrl-C ends it).")
        while not ending.wait(_LOOK_S):
            whole.supervisor.look_after()
        say("Ending.")
