"""What may be ordered: the command behind each order, whose business it is, how long it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from mdm.base.errors import InvalidInput
from mdm.rooms.access.service import Act
from mdm.rooms.commands.remote import REQUEST_TYPE
from policies.actions import RemoteKind
from policies.guards import LONGEST_APPROVAL
from profiles.commands.command import Command, build
from profiles.errors import InvalidCommand
from profiles.plist import PlistValue

_NOW_OR_NEVER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Orderable:
    """One kind of order.

    act: what the person's role must allow at the school. valid_for: after that an iPad that was
        away must not obey any more. defaults: parameters that hold unless others are given.
    """

    act: Act
    valid_for: timedelta = LONGEST_APPROVAL
    defaults: Mapping[str, PlistValue] = field(default_factory=dict)


ORDERABLE: Mapping[RemoteKind, Orderable] = MappingProxyType(
    {
        RemoteKind.RESTART: Orderable(Act.RESTART, _NOW_OR_NEVER),
        RemoteKind.SHUT_DOWN: Orderable(Act.MANAGE, _NOW_OR_NEVER),
        RemoteKind.LOCK: Orderable(Act.MANAGE, _NOW_OR_NEVER),
        RemoteKind.CLEAR_PASSCODE: Orderable(Act.MANAGE, _NOW_OR_NEVER),
        # An eSIM without its plan would have to be set up anew, by hand.
        RemoteKind.ERASE: Orderable(Act.ERASE, defaults={"PreserveDataPlan": True}),
        RemoteKind.ENABLE_LOST_MODE: Orderable(Act.MANAGE),
        RemoteKind.DISABLE_LOST_MODE: Orderable(Act.MANAGE),
        RemoteKind.PLAY_LOST_MODE_SOUND: Orderable(Act.MANAGE, _NOW_OR_NEVER),
        RemoteKind.LOCATE: Orderable(Act.MANAGE, _NOW_OR_NEVER),
    }
)
_UNKNOWN_TOKEN = b"-"


def command_of(kind: RemoteKind, parameters: Mapping[str, Any]) -> Command:
    """The command of an order, checked.

    raises: InvalidInput, also for what cannot be stored with an order, such as bytes.
    """
    if kind is RemoteKind.CLEAR_PASSCODE:
        # The token is the device's own and is put in when the command leaves.
        given = {**parameters, "UnlockToken": _UNKNOWN_TOKEN}
        if "UnlockToken" in parameters:
            raise InvalidInput("UnlockToken", "is put in by the server", "Leave it out.")
    else:
        given = {**ORDERABLE[kind].defaults, **parameters}
    if "ReturnToService" in given:
        raise InvalidInput("ReturnToService", "is not offered yet", "Leave it out.")
    try:
        return build(REQUEST_TYPE[kind], given)
    except InvalidCommand as error:
        raise InvalidInput(error.field, error.problem, error.next_step) from error
