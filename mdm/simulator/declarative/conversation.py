"""What an iPad does about declarations whenever it is in contact: fetch, obey, report.

Here: the order, and what happens when a step fails. Not here: the steps (synchronising,
evaluation, effects, reports).

source: Apple, "Declarative management".
"""

from datetime import timedelta
from typing import Any

from mdm.simulator.declarative.assets import fetch_assets
from mdm.simulator.declarative.client import DeclarativeClient, State, Step, Validity
from mdm.simulator.declarative.effects import bring_about, refusal_in_force
from mdm.simulator.declarative.evaluation import Evaluation, Situation, evaluate
from mdm.simulator.declarative.fetching import ask
from mdm.simulator.declarative.managed_apps import refresh
from mdm.simulator.declarative.reasons import Reason
from mdm.simulator.declarative.reports import Report, report_of, tells_everything
from mdm.simulator.declarative.status_items import value_of
from mdm.simulator.declarative.synchronising import synchronise
from mdm.simulator.declarative.system import traits
from mdm.simulator.errors import BadDocument, SyncDelayed, Unreachable
from mdm.simulator.exchange import Conversation
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel

_FULL_REPORT_EVERY = timedelta(hours=24)
_SERVER_ERROR = 500


def catch_up_all(ipad: SimulatedIpad) -> Conversation[None]:
    """Catch up on every channel that speaks now; a loss is no error, the rest follows later."""
    for channel in ipad.channels():
        client = channel.declarative
        # Sealed files hold up everything that a declaration could want.
        if client is not None and not ipad.is_locked_since_boot:
            yield from _catch_up(ipad, channel, client)


def _catch_up(
    ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient
) -> Conversation[None]:
    if not client.is_due(ipad.now):
        return
    try:
        yield from _fetch(ipad, channel, client)
        yield from _settle(ipad, channel, client)
        yield from _report(ipad, channel, client)
    except (SyncDelayed, Unreachable):
        client.has_news = True
    if client.is_due(ipad.now) and ipad.is_enrolled:
        ipad.ticks_until_retry = ipad.habits.retry_ticks


def _fetch(ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient) -> Conversation[None]:
    """Fetch if there is a need; a server in trouble keeps nobody from obeying and reporting.

    raises: Unreachable.
    """
    if client.next_step is Step.NOTHING:
        return
    try:
        client.has_news |= yield from synchronise(ipad, channel, client)
    except BadDocument as error:
        ipad.complaints.append(f"declarations: {error}")
    except SyncDelayed:
        # Still due, so it is tried again later.
        return


def _settle(ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient) -> Conversation[None]:
    """Obey the declarations as they are now."""
    refresh(ipad)
    found = evaluate(client, _situation(ipad, channel))
    yield from fetch_assets(client, found.wanted)
    yield from bring_about(ipad, channel, client, found.wanted)
    client.states = _states(ipad, client, found)
    ipad.consider_update()


def _situation(ipad: SimulatedIpad, channel: Channel) -> Situation:
    def status(name: str) -> Any:
        return value_of(ipad, channel, name)

    device = traits(ipad.hardware, on_user_channel=channel.is_user)
    ordered = {
        name: Reason(code, "told to fail")
        for name, code in ipad.faults.invalid_declarations.items()
    }
    return Situation(device, status, ordered)


def _states(ipad: SimulatedIpad, client: DeclarativeClient, found: Evaluation) -> dict[str, State]:
    states = dict(found.states)
    for one in found.wanted:
        refusal = refusal_in_force(ipad, client, one)
        if refusal is not None:
            states[one.identifier] = State(False, Validity.INVALID, (refusal,))
    for identifier, asset in client.assets.items():
        if asset.refusal is not None:
            states[identifier] = State(False, Validity.INVALID, (asset.refusal,))
    return states


def _report(ipad: SimulatedIpad, channel: Channel, client: DeclarativeClient) -> Conversation[None]:
    now = ipad.now
    is_full = client.full_report_at is not None and now >= client.full_report_at
    report = report_of(ipad, channel, client, is_full=is_full)
    if report.says_something:
        yield from _send(ipad, channel, report)
    client.reported, client.errors_told = report.told, report.errors
    client.has_news = False
    is_first = client.full_report_at is None
    if (is_first or is_full) and tells_everything(ipad.hardware.version):
        client.full_report_at = now + _FULL_REPORT_EVERY


def _send(ipad: SimulatedIpad, channel: Channel, report: Report) -> Conversation[None]:
    """Send a report. raises: SyncDelayed (worth another try), Unreachable."""
    if ipad.faults.lose_status_reports > 0:
        ipad.faults.lose_status_reports -= 1
        return
    body = report.to_bytes(ipad.hardware.version)
    response = yield from ask(ipad, channel, "status", body)
    if response.status >= _SERVER_ERROR:
        raise SyncDelayed(f"status was answered with {response.status}")
    if not response.is_success:
        # The report counts as told: a server that refuses it has lost it.
        ipad.complaints.append(f"a status report was refused with {response.status}")
