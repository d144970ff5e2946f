"""`mdm explain`: why one iPad has what it has, wish by wish.

Not here: how it is found (mdm.rooms.compliance.explaining), its document (explain_json.py).
"""

from collections.abc import Iterator

import click

from mdm.base.errors import NotFound
from mdm.cli.device import find_device
from mdm.cli.explain_json import document
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json
from mdm.rooms.compliance.explaining import DeviceStory, UnknownTo, story
from mdm.rooms.compliance.origins import Origin
from mdm.rooms.reconciler.service import pace_of
from policies.explain import subject_in_plan
from policies.explain_wording import describe_explained
from policies.wording import instant


@click.command()
@click.argument("serial")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def explain(house: House, serial: str, as_json: bool) -> None:
    """Explain each setting of an iPad: reason, origin, rivals, state, proof, what it waits for."""
    with house.reading() as tx:
        found = find_device(house, tx, house.acting(tx), serial)
        if found.enrollment_id is None:
            raise NotFound("current enrolment of", serial)
        told = story(tx, found.enrollment_id, house.now(), pace_of(house.settings))
    if as_json:
        return print_json({"serial": found.serial, **document(told)})
    return click.echo("\n".join(_lines(told)))


def _lines(told: DeviceStory) -> Iterator[str]:
    outcome = told.outcome.kind.replace("_", " ")
    since = "" if told.wished_since is None else f", wished so since {instant(told.wished_since)}"
    yield f"{outcome} at {instant(told.at)}{since}"
    if told.explained.held is not None or not told.explained.explanations:
        yield from describe_explained(told.explained)
        return
    origins = {wish: _origin(found) for wish, found in told.origins.items()}
    yield from _named(told, describe_explained(told.explained, origins))
    for one in told.explained.explanations:
        for key in told.unknown.get(subject_in_plan(one.wish), ()):
            yield f"not obeyed: {subject_in_plan(one.wish)}: {_unknown(key)}"


def _origin(found: Origin) -> str:
    given = "" if found.blueprint is None else f" with blueprint {found.blueprint} v{found.version}"
    reason = f": {found.reason}" if found.reason else ""
    return f"decided by {found.decided_by} at {instant(found.decided_at)}{given}{reason}"


def _named(told: DeviceStory, lines: list[str]) -> Iterator[str]:
    """Groups, courses and trolleys by their names beside their numbers."""
    yield from lines
    for scope, name in told.names.items():
        yield f"{scope} is {name}"


def _unknown(key: UnknownTo) -> str:
    version = f" {key.hint.version}" if key.hint.version is not None else ""
    return f"{key.part} {key.hint.field} ({key.hint.kind.value}{version})"
