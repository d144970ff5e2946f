"""What a simulated iPad reports about itself, and when."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mdm.base.clock import FixedClock
from mdm.simulator.declarative.conversation import catch_up_all
from mdm.simulator.exchange import Response
from mdm.simulator.faults import Fate
from mdm.simulator.hardware import hardware_of
from mdm.simulator.ipad import SimulatedIpad
from profiles.declarations.status_merge import ItemKey, Known, merge
from profiles.declarations.status_report import read_status_report
from tests.enrollment.facts import NOW
from tests.mdm.simulator.conftest import MakeIpad, enrol, poll, talk
from tests.mdm.simulator.declaring_server import DeclaringServer

PRESENT = "passcode.is-present"


@pytest.fixture
def server() -> DeclaringServer:
    return DeclaringServer()


@pytest.fixture
def subscribed(enrolled: SimulatedIpad, server: DeclaringServer) -> SimulatedIpad:
    server.subscribe(PRESENT, "device.operating-system.version")
    server.sync(enrolled)
    return enrolled


def capabilities(server: DeclaringServer) -> dict[str, Any]:
    (told,) = server.told("management.client-capabilities")
    payloads: dict[str, Any] = told["supported-payloads"]
    return payloads


def test_the_first_report_tells_what_the_ipad_can_and_has(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.declare("management.organization-info", "mgmt.org", {"Name": "Beispielstadt"})

    server.sync(enrolled)

    (report,) = server.status
    (management,) = report["StatusItems"]["management"]["declarations"]["management"]
    assert management == {
        "identifier": "mgmt.org",
        "server-token": "mgmt.org-1",
        "active": False,
        "valid": "valid",
        "reasons": [],
    }
    assert report["StatusItems"].keys() == {"management"}
    assert report["Errors"] == []


@pytest.mark.parametrize(
    ("version", "types", "items"),
    [
        ("16.0", {"passcode.settings", "legacy"}, {"mdm.app"}),
        ("17.0", {"softwareupdate.enforcement.specific"}, {"softwareupdate.install-state"}),
        ("17.2", {"app.managed"}, {"app.managed.list"}),
        ("18.0", {"softwareupdate.settings"}, {"softwareupdate.device-id"}),
        ("27.0", {"app.settings"}, {"device.operating-system.version"}),
    ],
)
def test_an_ipad_lists_what_its_version_has(
    make_ipad: MakeIpad, server: DeclaringServer, version: str, types: set[str], items: set[str]
) -> None:
    ipad = make_ipad(replace(hardware_of(0), os_version=version))
    enrol(ipad, server)

    server.sync(ipad)

    listed = capabilities(server)
    configurations = set(listed["declarations"]["configurations"])
    assert {f"com.apple.configuration.{name}" for name in types} <= configurations
    assert items <= set(listed["status-items"])


def test_ipados_16_lists_nothing_that_came_later(
    make_ipad: MakeIpad, server: DeclaringServer
) -> None:
    ipad = make_ipad(replace(hardware_of(0), os_version="16.7.12"))
    enrol(ipad, server)

    server.sync(ipad)

    listed = capabilities(server)
    later = ("app.managed", "softwareupdate", "safari", "math", "siri", "security")
    names = [*listed["declarations"]["configurations"], *listed["status-items"]]
    assert not [name for name in names if any(word in name for word in later)]
    assert "FullReport" not in server.status[0]


def test_values_come_when_they_are_subscribed_to(
    subscribed: SimulatedIpad, server: DeclaringServer
) -> None:
    assert server.told(PRESENT) == [False]
    assert server.told("device.operating-system.version") == ["18.6"]


def test_only_what_changed_is_told_again(
    subscribed: SimulatedIpad, server: DeclaringServer
) -> None:
    subscribed.set_passcode("482915")
    poll(subscribed, server)

    assert server.status[-1]["StatusItems"] == {"passcode": {"is-present": True}}


def test_without_news_there_is_no_report(
    subscribed: SimulatedIpad, server: DeclaringServer
) -> None:
    told = len(server.status)
    server.queue("SecurityInfo")

    poll(subscribed, server)

    assert len(server.status) == told


def test_news_are_told_without_being_asked(
    subscribed: SimulatedIpad, server: DeclaringServer
) -> None:
    subscribed.set_passcode("482915")
    assert subscribed.wants_to_report
    connections = len(server.reports)

    talk(subscribed, server, catch_up_all(subscribed))

    assert server.told(PRESENT) == [False, True]
    assert len(server.reports) == connections
    assert not subscribed.wants_to_report


def test_an_item_that_the_system_does_not_have_is_an_error_told_once(
    enrolled: SimulatedIpad, server: DeclaringServer
) -> None:
    server.subscribe("security.lockdown-mode", PRESENT)
    server.sync(enrolled)
    server.configure("management.test", "cfg.echo", Echo="hallo")

    server.sync(enrolled)

    assert [error["StatusItem"] for error in server.status[0]["Errors"]] == [
        "security.lockdown-mode"
    ]
    assert server.status[0]["Errors"][0]["Reasons"][0]["Code"].startswith("Error.")
    assert server.status[1]["Errors"] == []


def test_everything_is_told_once_a_day(subscribed: SimulatedIpad, server: DeclaringServer) -> None:
    subscribed.environment.clock = FixedClock(NOW + timedelta(hours=24))
    poll(subscribed, server)
    poll(subscribed, server)

    full = [report for report in server.status if report["FullReport"]]
    assert len(full) == 1
    assert full[0]["StatusItems"].keys() == {"device", "management", "passcode"}


def test_an_ipad_before_17_does_not_tell_everything_again(
    make_ipad: MakeIpad, server: DeclaringServer
) -> None:
    ipad = make_ipad(replace(hardware_of(0), os_version="16.7.12"))
    enrol(ipad, server)
    server.sync(ipad)

    ipad.environment.clock = FixedClock(NOW + timedelta(days=3))
    poll(ipad, server)

    assert len(server.status) == 1


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.ANSWER_LOST])
def test_a_report_that_is_not_confirmed_is_told_again(
    subscribed: SimulatedIpad, server: DeclaringServer, fate: Fate
) -> None:
    subscribed.set_passcode("482915")
    subscribed.faults.next_fates = [fate]
    talk(subscribed, server, catch_up_all(subscribed))
    assert subscribed.ticks_until_retry is not None

    poll(subscribed, server)

    assert server.told(PRESENT)[-1] is True


def test_a_report_answered_with_an_error_of_the_server_is_told_again(
    subscribed: SimulatedIpad, server: DeclaringServer
) -> None:
    subscribed.set_passcode("482915")
    server.bodies["status"] = Response(503)
    poll(subscribed, server)

    poll(subscribed, server)

    assert server.told(PRESENT) == [False, True]


def test_a_report_that_the_server_refuses_is_lost_and_complained_about(
    subscribed: SimulatedIpad, server: DeclaringServer
) -> None:
    subscribed.set_passcode("482915")
    server.bodies["status"] = Response(400)
    poll(subscribed, server)

    poll(subscribed, server)

    assert server.told(PRESENT) == [False]
    assert "refused with 400" in subscribed.complaints[0]


def test_a_lost_report_is_made_good_by_the_full_one(
    subscribed: SimulatedIpad, server: DeclaringServer
) -> None:
    subscribed.faults.lose_status_reports = 1
    subscribed.set_passcode("482915")
    poll(subscribed, server)
    lost = server.told(PRESENT)

    subscribed.environment.clock = FixedClock(NOW + timedelta(hours=25))
    poll(subscribed, server)

    assert lost == [False]
    assert server.told(PRESENT) == [False, True]


def test_a_subscription_that_comes_back_tells_the_value_again(
    subscribed: SimulatedIpad, server: DeclaringServer
) -> None:
    server.withdraw("subscriptions")
    server.sync(subscribed)

    server.subscribe(PRESENT)
    server.sync(subscribed)

    assert server.told(PRESENT) == [False, False]


def test_a_sealed_ipad_tells_nothing_until_it_is_unlocked(
    subscribed: SimulatedIpad, server: DeclaringServer
) -> None:
    subscribed.set_passcode("482915")
    subscribed.is_unlocked_since_boot = False
    assert not subscribed.wants_to_report

    subscribed.unlock()

    assert subscribed.wants_to_report


def test_reports_add_up_to_what_is_so(subscribed: SimulatedIpad, server: DeclaringServer) -> None:
    """The rules of merging are the server's; here they meet a device that reports differences."""
    known: Known = {}
    subscribed.set_passcode("482915")
    server.configure("management.test", "cfg.echo", Echo="hallo")
    server.sync(subscribed)
    server.withdraw("cfg.echo")
    server.sync(subscribed)

    for kind, message in server.checkins:
        if kind == "DeclarativeManagement" and message["Endpoint"] == "status":
            known = merge(known, read_status_report(message["Data"])).items

    declarations = {key.identifier for key in known if key.path.startswith("management.decl")}
    assert known[ItemKey(PRESENT)] is True
    assert declarations - {""} == {"subscriptions", "on.subscriptions"}
