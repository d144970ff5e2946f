"""Apps on a simulated iPad: the store, the states, the lists."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from mdm.simulator.hardware import hardware_of
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.store import CATALOGUE, Store
from profiles.commands.answers.apps import AppState, read_installed_apps, read_managed_apps
from tests.mdm.simulator.conftest import MakeIpad, enrol, poll
from tests.mdm.simulator.fake_server import FakeServer

APP = CATALOGUE[0]
BROKEN = CATALOGUE[4]


def ask(
    ipad: SimulatedIpad, server: FakeServer, request_type: str, **parameters: Any
) -> Mapping[str, Any]:
    uuid = server.queue(request_type, f"{request_type}-{len(server.reports)}", **parameters)
    poll(ipad, server)
    return server.answer_to(uuid)


def order(ipad: SimulatedIpad, server: FakeServer, **parameters: Any) -> Mapping[str, Any]:
    wanted = {"iTunesStoreID": APP.store_id, "Options": {"PurchaseMethod": 1}} | parameters
    return ask(ipad, server, "InstallApplication", **wanted)


def state(ipad: SimulatedIpad, server: FakeServer, bundle_id: str = APP.bundle_id) -> AppState:
    answer = ask(ipad, server, "ManagedApplicationList")
    return {app.identifier: app.state for app in read_managed_apps(answer)}[bundle_id]


def test_an_installation_is_acknowledged_before_it_is_done(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    answer = order(enrolled, server)

    assert (answer["Status"], answer["State"]) == ("Acknowledged", "Queued")
    assert answer["Identifier"] == APP.bundle_id


def test_an_app_becomes_managed_some_connections_later(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    order(enrolled, server)

    states = [state(enrolled, server) for _ in range(2)]

    assert states == [AppState.INSTALLING, AppState.MANAGED]


def test_an_app_under_way_is_listed_as_installing(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    order(enrolled, server)

    answer = ask(enrolled, server, "InstalledApplicationList", Items=["Installing", "Name"])

    (app,) = read_installed_apps(answer)
    assert app.is_installing
    assert app.version is None


def test_a_second_order_of_an_app_under_way_is_rejected(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    enrolled.apps.step = lambda: None  # type: ignore[method-assign]
    order(enrolled, server)

    answer = order(enrolled, server)

    assert answer["RejectionReason"] == "AppAlreadyQueued"


def test_a_failed_installation_is_told_once(enrolled: SimulatedIpad, server: FakeServer) -> None:
    order(enrolled, server, iTunesStoreID=BROKEN.store_id)
    enrolled.tick()

    assert state(enrolled, server, BROKEN.bundle_id) is AppState.FAILED
    answer = ask(enrolled, server, "ManagedApplicationList")
    assert list(read_managed_apps(answer)) == []


def test_an_unknown_app_is_rejected(enrolled: SimulatedIpad, server: FakeServer) -> None:
    answer = order(enrolled, server, iTunesStoreID=1)

    assert answer["RejectionReason"] == "CouldNotVerifyAppID"


def test_without_a_licence_the_store_refuses(make_ipad: MakeIpad, server: FakeServer) -> None:
    ipad = make_ipad(store=Store(licences=set()))
    enrol(ipad, server)

    answer = order(ipad, server)

    assert answer["ErrorChain"][0]["ErrorCode"] == 12064


def test_a_paid_app_cannot_be_had_for_nothing(enrolled: SimulatedIpad, server: FakeServer) -> None:
    answer = order(enrolled, server, iTunesStoreID=CATALOGUE[1].store_id, Options={})

    assert answer["RejectionReason"] == "PurchaseMethodNotSupported"


def test_a_shared_ipad_takes_licensed_apps_only(make_ipad: MakeIpad, server: FakeServer) -> None:
    ipad = make_ipad(replace(hardware_of(0), is_shared=True))
    enrol(ipad, server)

    answer = order(ipad, server, Options={"PurchaseMethod": 0})

    assert answer["RejectionReason"] == "PurchaseMethodNotSupportedInMultiUser"


def test_an_app_that_needs_a_newer_system_fails(make_ipad: MakeIpad, server: FakeServer) -> None:
    ipad = make_ipad(replace(hardware_of(0), os_version="16.7"))
    enrol(ipad, server)

    order(ipad, server, iTunesStoreID=CATALOGUE[2].store_id)

    assert state(ipad, server, CATALOGUE[2].bundle_id) is AppState.FAILED


@pytest.mark.parametrize(
    ("supervised", "expected"),
    [(True, AppState.MANAGED), (False, AppState.PROMPTING_FOR_MANAGEMENT)],
)
def test_a_persons_own_app_is_taken_over(
    make_ipad: MakeIpad, server: FakeServer, supervised: bool, expected: AppState
) -> None:
    ipad = make_ipad(replace(hardware_of(0), is_supervised=supervised))
    enrol(ipad, server)
    ipad.apps.add_by_hand(APP)

    order(ipad, server, ChangeManagementState="Managed")

    assert state(ipad, server) is expected


def test_a_persons_own_app_stays_hers_unless_asked_for(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    enrolled.apps.add_by_hand(APP)

    assert order(enrolled, server)["RejectionReason"] == "AppAlreadyInstalled"


def test_the_same_order_updates_an_app(make_ipad: MakeIpad, server: FakeServer) -> None:
    store = Store()
    ipad = make_ipad(store=store)
    enrol(ipad, server)
    order(ipad, server)
    ipad.tick()
    store.publish(APP.bundle_id, "2.0")

    assert order(ipad, server)["State"] == "Updating"
    assert ipad.apps.get(APP.bundle_id).store_app.version == "2.0"  # type: ignore[union-attr]


def test_a_removed_app_is_gone(enrolled: SimulatedIpad, server: FakeServer) -> None:
    order(enrolled, server)

    answer = ask(enrolled, server, "RemoveApplication", Identifier=APP.bundle_id)

    assert answer["Status"] == "Acknowledged"
    assert list(enrolled.apps) == []


def test_only_managed_apps_can_be_removed(enrolled: SimulatedIpad, server: FakeServer) -> None:
    enrolled.apps.add_by_hand(APP)

    answer = ask(enrolled, server, "RemoveApplication", Identifier=APP.bundle_id)

    assert answer["ErrorChain"][0]["ErrorCode"] == 12029


def test_a_managed_app_deleted_by_a_person_is_told(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    order(enrolled, server)
    enrolled.apps.remove_by_hand(APP.bundle_id)

    assert state(enrolled, server) is AppState.MANAGED_BUT_UNINSTALLED


def test_newer_systems_list_their_own_apps_too(make_ipad: MakeIpad, server: FakeServer) -> None:
    ipad = make_ipad(replace(hardware_of(0), os_version="26.1"))
    enrol(ipad, server)

    answer = ask(ipad, server, "InstalledApplicationList")

    assert "com.apple.mobilesafari" in [app.identifier for app in read_installed_apps(answer)]


def test_an_app_marked_so_goes_with_management(enrolled: SimulatedIpad, server: FakeServer) -> None:
    order(enrolled, server, ManagementFlags=1)
    enrolled.tick()

    enrolled.leave_management()

    assert list(enrolled.apps) == []


def test_other_managed_apps_stay_as_the_persons_own(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    order(enrolled, server, ManagementFlags=4)
    enrolled.tick()
    enrolled.tick()

    enrolled.leave_management()

    assert [app.state for app in enrolled.apps] == ["UserInstalledApp"]
