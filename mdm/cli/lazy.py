"""Groups of commands: loaded when they are used, or with a word that need not be said."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a command lives, and its line in the list of commands.

    place: "module:name". The line stands here too, so that the list loads no module.
    """

    place: str
    line: str

    def load(self) -> click.Command:
        """Load the command. raises: ImportError, TypeError."""
        module, _, name = self.place.partition(":")
        command = getattr(import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.place} is no command")
        return command


class LazyGroup(click.Group):
    """A group that loads a command when it is called for.

    Every command needs the database library, which takes half a second; help does not.
    """

    def __init__(self, *args: object, verbs: Mapping[str, Verb], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        verb = self.verbs.get(cmd_name)
        return verb.load() if verb is not None else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.line) for name, verb in self.verbs.items()])


class DefaultGroup(click.Group):
    """A group where anything that is not the name of a command belongs to one of them.

    `mdm device SERIAL` then means `mdm device show SERIAL`.
    """

    def __init__(self, *args: object, default: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [self.default, *args]
        return super().parse_args(ctx, args)
