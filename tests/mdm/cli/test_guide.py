"""The operator guide names every verb, and no verb that does not exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

import mdm
from mdm.cli.main import main

GUIDE = (Path(mdm.__file__).parent / "docs" / "operator-guide.md").read_text("utf-8")
# For whoever develops it: the models against the migrations.
UNNAMED = {"mdm db check"}
# What these groups do when only their name is said.
BY_DEFAULT = {"mdm action order": "mdm action", "mdm device show": "mdm device"}
COMMAND = re.compile(r"(?:^|`)mdm ((?:[a-z][a-z-]* ?)+)", re.MULTILINE)


def _verbs(command: click.Command, name: str) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield name
        return
    context = click.Context(command, info_name=name)
    for member in command.list_commands(context):
        found = command.get_command(context, member)
        assert found is not None
        yield from _verbs(found, f"{name} {member}")


def test_the_guide_names_every_verb() -> None:
    text = " ".join(GUIDE.split())

    missing = [
        verb
        for verb in _verbs(main, "mdm")
        if BY_DEFAULT.get(verb, verb) not in text and verb not in UNNAMED
    ]

    assert missing == []


def test_every_verb_that_the_guide_names_exists() -> None:
    known = [*_verbs(main, "mdm"), *BY_DEFAULT.values()]

    named = {f"mdm {found[1].strip()} " for found in COMMAND.finditer(GUIDE)}
    unknown = [
        said
        for said in named
        if not any(said.startswith(f"{verb} ") or f"{verb} ".startswith(said) for verb in known)
    ]

    assert len(named) > 40
    assert unknown == []
