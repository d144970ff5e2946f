"""`mdm worker`: do the jobs. One process for each job, so that none waits for another."""

import click

from mdm.base.bell import Job
from mdm.cli.child import worker_name
from mdm.cli.ending import Ending
from mdm.cli.home import prepare_home
from mdm.cli.processes import Child
from mdm.cli.production import production_settings
from mdm.cli.remembered import environment_with
from mdm.cli.supervisor import Supervisor

_LOOK_S = 0.5


@click.command()
@click.argument("jobs", nargs=-1, metavar="[JOB…]", type=click.Choice([job.value for job in Job]))
@click.option("--allow-sqlite", is_flag=True, help="For a single school.")
def worker(jobs: tuple[str, ...], allow_sqlite: bool) -> None:
    """Do these jobs, or all of them, each in a process of its own, until SIGTERM.

    One worker for each push certificate: run `push` on one machine only.
    """
    settings = production_settings(allow_sqlite=allow_sqlite)
    home = prepare_home(settings.home)
    with Ending() as ending:
        supervisor = Supervisor(home, environment_with({"home": str(home)}), None)
        try:
            for job in [Job(name) for name in jobs] or list(Job):
                supervisor.start(Child(worker_name(job), home))
            while not ending.wait(_LOOK_S):
                supervisor.look_after()
        finally:
            supervisor.end()
