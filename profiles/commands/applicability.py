"""Whether a command suits a device, decided before it is queued.

Here: the judgement, on the command as a whole and on each parameter it carries.
Not here: danger (danger.py), permission of a person (the console), the reasons (refusal.py).

What is not known refuses where it matters: an unknown supervision refuses what needs it, an
unknown OS version refuses whatever is younger than iPadOS itself. Questions stay possible.
"""

from collections.abc import Iterator

from profiles.commands.catalogue import spec_of
from profiles.commands.command import Command, all_parameters
from profiles.commands.device_facts import DeviceFacts
from profiles.commands.parameters import Demand
from profiles.commands.refusal import Refusal, RefusalKind
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import AccessRight, Platform, SharedIpad
from profiles.commands.walking import walk
from profiles.schema.os_version import OsVersion

# The first system under the name iPadOS: no managed iPad can run anything older.
OLDEST_SUPPORTED = OsVersion(13)

Reason = tuple[RefusalKind, str]


def applicability(subject: Command | CommandSpec, device: DeviceFacts) -> Refusal | None:
    """Say why a device should not get a command, or None if it may.

    subject: a command with its parameters, or a RequestType's description alone.
    raises: UnknownCommand, for a command that the catalogue does not have.
    """
    spec = subject if isinstance(subject, CommandSpec) else spec_of(subject.request_type)
    for kind, needed in _against_command(spec, device):
        return Refusal(kind, spec.request_type, needed)
    return None if isinstance(subject, CommandSpec) else _against_fields(subject, spec, device)


def _against_command(spec: CommandSpec, device: DeviceFacts) -> Iterator[Reason]:
    demand = Demand(
        since=spec.minimum_ios,
        since_tvos=spec.minimum_tvos,
        on_tvos=spec.minimum_tvos is not None,
        supervised=spec.supervised,
        access_right=spec.access_right,
        user_enrollment=spec.user_enrollment,
        shared_ipad=spec.shared_ipad,
        channels=spec.channels,
    )
    yield from _against_demand(demand, device)
    if spec.removed_in and device.os_version and device.os_version >= spec.removed_in:
        yield RefusalKind.REMOVED_FROM_OS, str(spec.removed_in)
    if spec.ade_only and not device.ade:
        yield RefusalKind.NEEDS_ADE, ""
    if device.lost_mode and not spec.allowed_in_lost_mode:
        yield RefusalKind.NOT_IN_LOST_MODE, ""
    if device.awaiting_configuration and not spec.allowed_awaiting_configuration:
        yield RefusalKind.NOT_WHILE_AWAITING_CONFIGURATION, ""


def _against_fields(command: Command, spec: CommandSpec, device: DeviceFacts) -> Refusal | None:
    for visit in walk(command.parameters, all_parameters(spec)):
        for kind, needed in _against_demand(visit.parameter.demand, device):
            return Refusal(kind, spec.request_type, needed, visit.path)
    return None


def _against_demand(demand: Demand, device: DeviceFacts) -> Iterator[Reason]:
    yield from _against_system(demand, device)
    yield from _against_enrollment(demand, device)
    yield from _against_shared_ipad(demand, device)


def _against_system(demand: Demand, device: DeviceFacts) -> Iterator[Reason]:
    is_tvos = device.platform is Platform.TVOS
    if is_tvos and not demand.on_tvos:
        yield RefusalKind.WRONG_PLATFORM, Platform.IPADOS.value
    needed = demand.since_tvos if is_tvos else demand.since
    if needed is None:
        return
    if device.os_version is None and needed > OLDEST_SUPPORTED:
        yield RefusalKind.UNKNOWN_OS_VERSION, str(needed)
    if device.os_version is not None and device.os_version < needed:
        yield RefusalKind.OS_TOO_OLD, str(needed)


def _against_enrollment(demand: Demand, device: DeviceFacts) -> Iterator[Reason]:
    if demand.supervised and device.supervised is None:
        yield RefusalKind.UNKNOWN_SUPERVISION, ""
    if demand.supervised and device.supervised is False:
        yield RefusalKind.NEEDS_SUPERVISION, ""
    if device.user_enrollment and not demand.user_enrollment:
        yield RefusalKind.NOT_UNDER_USER_ENROLLMENT, ""
    # Account-driven User Enrollment has no access rights: its profile may not name any.
    missing = demand.access_right & ~device.access_rights
    if missing and not device.user_enrollment:
        yield RefusalKind.NEEDS_ACCESS_RIGHT, _names(missing)


def _against_shared_ipad(demand: Demand, device: DeviceFacts) -> Iterator[Reason]:
    if demand.shared_ipad is SharedIpad.REQUIRED and not device.shared_ipad:
        yield RefusalKind.NEEDS_SHARED_IPAD, ""
    if demand.shared_ipad is SharedIpad.FORBIDDEN and device.shared_ipad:
        yield RefusalKind.NOT_ON_SHARED_IPAD, ""
    if demand.channels is None or not device.shared_ipad:
        return
    if device.channel not in demand.channels:
        yield RefusalKind.WRONG_CHANNEL, " or ".join(sorted(c.value for c in demand.channels))


def _names(rights: AccessRight) -> str:
    return ", ".join(right.name or "" for right in AccessRight if right and right in rights)
