"""`mdm action`: order something for devices, agree to it, take it back; the emergency stop.

The rooms judge and journal; here is only who, what, for which devices, and what came of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.base.errors import Conflict
from mdm.cli.device import find_device
from mdm.cli.devices import all_rows, silent_before
from mdm.cli.house import House, find_school, pass_house
from mdm.cli.lazy import DefaultGroup
from mdm.cli.output import say
from mdm.cli.refusals import sentence
from mdm.rooms.access.service import Viewer
from mdm.rooms.actions import service
from mdm.rooms.actions.service import OrderOutcome
from mdm.rooms.devices.queries import DeviceFilter
from policies.actions import RemoteKind
from policies.guards import NEEDS_APPROVAL

_WORDS = {"true": True, "false": False}
_KINDS = [kind.value.replace("_", "-") for kind in RemoteKind]


@click.group(cls=DefaultGroup, default="order")
def action() -> None:
    """Order something for devices: mdm action restart --serial SERIAL --reason TEXT.

    \b
    restart, shut-down, lock, clear-passcode, erase, locate,
    enable-lost-mode, disable-lost-mode, play-lost-mode-sound
    """


@action.command()
@click.argument("kind", metavar="ACTION", type=click.Choice(_KINDS))
@click.option("--serial", "serials", multiple=True, help="A device; repeatable.")
@click.option("--school", "number", help="The school of --class.")
@click.option("--class", "class_name", help="Every enrolled device of this class.")
@click.option(
    "--reason", default="", help="Why; only disable-lost-mode and play-lost-mode-sound need none."
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Say Message=….")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_house
def order(
    house: House,
    kind: str,
    serials: tuple[str, ...],
    number: str | None,
    class_name: str | None,
    reason: str,
    settings: tuple[str, ...],
    yes: bool,
) -> None:
    """Order something for one device, several, or a class."""
    if bool(serials) == bool(class_name) or bool(class_name) != bool(number):
        raise click.UsageError("name devices with --serial, or a class with --school and --class")
    remote = RemoteKind(kind.replace("-", "_"))
    with house.reading() as tx:
        devices = _devices(house, tx, serials, number, class_name)
    if remote in NEEDS_APPROVAL and not yes:
        click.confirm(_question(kind, devices), abort=True, err=True)
    with house.transaction(Job.PUSH) as tx:
        outcome = service.order(
            tx,
            house.acting(tx),
            remote,
            list(devices),
            _parameters(settings),
            reason,
            house.now(),
            settings=house.settings,
            vault=house.tools.vault,
        )
    _tell(outcome, devices)


@action.command()
@click.argument("action_id", type=int)
@pass_house
def second(house: House, action_id: int) -> None:
    """Agree to what somebody else ordered."""
    with house.transaction(Job.PUSH) as tx:
        outcome = service.second(
            tx,
            house.acting(tx),
            action_id,
            house.now(),
            settings=house.settings,
            vault=house.tools.vault,
        )
    _tell(outcome, {})


@action.command()
@click.argument("action_id", type=int)
@pass_house
def cancel(house: House, action_id: int) -> None:
    """Take an order back; what has left may still be carried out."""
    with house.transaction() as tx:
        count = service.cancel(tx, house.acting(tx), action_id, house.now())
    say(f"Taken back; {count} commands had not been answered.")


@action.command()
@click.option("--reason", required=True)
@pass_house
def stop(house: House, reason: str) -> None:
    """Press the emergency stop: nothing that destroys or blocks leaves, in the whole city."""
    with house.transaction() as tx:
        count = service.stop_all(tx, house.acting(tx), reason, house.now())
    say(f"Stopped; {count} waiting commands were taken back for good.")


@action.command()
@pass_house
def release(house: House) -> None:
    """Release the emergency stop; what it took back stays taken back."""
    with house.transaction() as tx:
        was_pressed = service.release_stop(tx, house.acting(tx), house.now())
    say("Released." if was_pressed else "It was not pressed.")


def _devices(
    house: House,
    tx: Tx,
    serials: Sequence[str],
    number: str | None,
    class_name: str | None,
) -> dict[int, str]:
    """Device number → serial number, as far as whoever acts may see them."""
    viewer = house.acting(tx)
    if number is None or class_name is None:
        found = (find_device(house, tx, viewer, serial) for serial in serials)
        return {detail.id: detail.serial or "" for detail in found}
    rows = _class_rows(house, tx, viewer, number, class_name)
    if not rows:
        raise Conflict(f"no enrolled devices in class {class_name} of school {number}")
    return rows


def _class_rows(
    house: House, tx: Tx, viewer: Viewer, number: str, class_name: str
) -> dict[int, str]:
    school, group = find_school(tx, number, class_name)
    narrowed = DeviceFilter(school.id, group.id if group is not None else None)
    rows = all_rows(tx, viewer, narrowed, silent_before(house.now()))
    return {row.id: row.serial or "" for row in rows if row.standing in ("enrolled", "silent")}


def _question(kind: str, devices: Mapping[int, str]) -> str:
    named = ", ".join(list(devices.values())[:5])
    more = f" and {len(devices) - 5} more" if len(devices) > 5 else ""
    return f"{kind} for {len(devices)} devices ({named}{more})?"


def _parameters(settings: Sequence[str]) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for text in settings:
        key, separator, value = text.partition("=")
        if not separator:
            raise click.UsageError(f"--set {text}: write it as KEY=VALUE")
        parameters[key] = _WORDS.get(value, value)
    return parameters


def _tell(outcome: OrderOutcome, serials: Mapping[int, str]) -> None:
    """Say what came of an order. raises: Conflict, when nothing was ordered."""
    for device_id, refused in outcome.refused:
        say(f"{serials.get(device_id, device_id)}: {sentence(refused)}")
    if outcome.needs_second:
        say(f"Order {outcome.action_id} waits for a second person: mdm action second …")
        return
    if outcome.refusal is not None:
        raise Conflict(f"not ordered: {sentence(outcome.refusal)}")
    say(f"Order {outcome.action_id}: {len(outcome.queued)} devices.")
