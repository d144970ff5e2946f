"""The command itself: its list of verbs, who acts, and how errors leave.

Exit codes: 0 done, 1 refused or failed with one clear line, 2 typed wrongly.
"""

import sys
from importlib.metadata import version

import click

from mdm.cli.lazy import LazyGroup, Verb

_VERBS = {
    "up": Verb("mdm.cli.up:up", "Run everything on this machine."),
    "demo": Verb("mdm.cli.demo:demo", "Run two fictional schools with simulated iPads."),
    "city": Verb("mdm.cli.city:city", "Name the city, as its iPads show it."),
    "school": Verb("mdm.cli.schools:school", "Schools: add, list, campus, training, nameless."),
    "roster": Verb("mdm.cli.rosters:roster", "Rosters: import, show, confirm, apply, export."),
    "trolley": Verb("mdm.cli.trolleys:trolley", "Trolleys: add, list, put an iPad somewhere."),
    "user": Verb("mdm.cli.people:user", "People who may sign in: add."),
    "devices": Verb("mdm.cli.devices:devices", "List devices, or say which ones are expected."),
    "device": Verb("mdm.cli.device:device", "Show one device, or accept a held one."),
    "enrollment-link": Verb("mdm.cli.enrollment:enrollment_link", "Links for class sets: create."),
    "enrollment-profile": Verb(
        "mdm.cli.enrollment:enrollment_profile", "Print the signed profile that enrols."
    ),
    "wifi": Verb("mdm.cli.library:wifi", "The network of a school: set."),
    "restrictions": Verb("mdm.cli.library:restrictions", "The restrictions of a school: set."),
    "app": Verb("mdm.cli.library:app", "Apps: add to the library, assign."),
    "payload": Verb(
        "mdm.cli.payloads:payload", "Settings for iPads, written in a file: list, show, build."
    ),
    "profile": Verb("mdm.cli.profiles:profile", "The library of profiles: list, upload."),
    "blueprint": Verb(
        "mdm.cli.blueprints:blueprint",
        "Bundles of settings: list, show, save, check, compare, restore, retire.",
    ),
    "group": Verb("mdm.cli.groups:group", "Smart groups: list, show, save, retire."),
    "action": Verb("mdm.cli.actions:action", "Restart, lock, erase devices; the emergency stop."),
    "assign": Verb("mdm.cli.assign:assign", "Draft who gets what: begin, end, list."),
    "change": Verb("mdm.cli.changes:change", "Change plans: show, approve, stop, undo."),
    "report": Verb("mdm.cli.report:report", "How the iPads stand, as CSV or JSON: state."),
    "explain": Verb("mdm.cli.explain:explain", "Why one iPad has what it has."),
    "plan": Verb("mdm.cli.plan:plan", "What the planner says about a scenario in a file."),
    "push-certificate": Verb(
        "mdm.cli.push_certificate:push_certificate",
        "Apple's push certificate: request, import, show.",
    ),
    "journal": Verb("mdm.cli.journal:journal", "Who did what, newest first."),
    "db": Verb("mdm.cli.database:db", "The database: upgrade, check."),
    "master-key": Verb("mdm.cli.master_key:master_key", "The key that seals every secret: new."),
    "serve": Verb("mdm.cli.serve:serve", "Serve devices or people, for production."),
    "worker": Verb("mdm.cli.worker:worker", "Do the jobs, for production."),
    "bench": Verb("mdm.cli.bench:bench", "Measure."),
}


class _Command(LazyGroup):
    """The outermost group: where an error becomes one line."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        # Everything is looked at once, here; what is not foreseen goes on as it came.
        except Exception as error:
            # Loaded only now: it knows the errors of every library, and help needs none.
            from mdm.cli.errors import sentence

            explained = sentence(error)
            if explained is None:
                raise
            raise click.ClickException(explained) from error


@click.command(cls=_Command, verbs=_VERBS)
@click.version_option(version("klassensatz"), prog_name="mdm")
@click.option(
    "--as", "person", metavar="PERSON", help="Who acts; otherwise the signed-in system user."
)
@click.pass_context
def main(ctx: click.Context, person: str | None) -> None:
    """Manage a city's school iPads from its own server.

    State is kept in the folder KLASSENSATZ_HOME names, ./var unless it is set.
    """
    # Loaded only for a verb, for the same reason.
    from mdm.cli.house import House

    ctx.obj = House(person)
    ctx.call_on_close(ctx.obj.close)


if __name__ == "__main__":
    sys.exit(main())
