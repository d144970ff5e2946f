"""Updates of the system on a simulated iPad: enforced by declarations, begun by commands."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from mdm.base.clock import FixedClock
from mdm.simulator.declarative.inspection import active_on, declarations_on
from mdm.simulator.hardware import hardware_of
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.releases import Release
from mdm.simulator.system_update import UpdateState
from profiles.commands.answers.updates import (
    read_available_updates,
    read_update_results,
    read_update_status,
)
from profiles.configuration_profile import to_bytes
from tests.enrollment.facts import NOW
from tests.mdm.simulator.conftest import MakeIpad, enrol, poll
from tests.mdm.simulator.declaring_server import DeclaringServer
from tests.mdm.simulator.profile_samples import a_restriction_profile

RELEASES = (
    Release("18.7.2", "22H124"),
    Release("26.1", "23B85"),
    Release("26.2", "23C55", posted_on=date(2026, 11, 15)),
    Release("26.9", "23Z1", products=frozenset({"iPad99,1"})),
    Release("26.8", "23Y1", expires_on=date(2026, 11, 1)),
)
# Tomorrow at 18 o'clock in Berlin, one hour ahead of UTC in November.
DEADLINE = "2026-11-21T18:00:00"
AT_DEADLINE = datetime(2026, 11, 21, 17, 0, tzinfo=NOW.tzinfo)
STATE = "softwareupdate.install-state"
MakeEnrolled = Callable[[str], SimulatedIpad]


@pytest.fixture
def server() -> DeclaringServer:
    return DeclaringServer()


@pytest.fixture
def of_version(make_ipad: MakeIpad, server: DeclaringServer) -> MakeEnrolled:
    def make(version: str) -> SimulatedIpad:
        ipad = make_ipad(replace(hardware_of(0), os_version=version), releases=RELEASES)
        enrol(ipad, server)
        return ipad

    return make


def at(ipad: SimulatedIpad, instant: datetime) -> None:
    """Let it be so late, and then let some time pass."""
    ipad.environment.clock = FixedClock(instant)
    for _ in range(5):
        ipad.tick()


def enforce(server: DeclaringServer, version: str = "26.1", deadline: str = DEADLINE) -> None:
    server.configure(
        "softwareupdate.enforcement.specific",
        f"cfg.{version}",
        TargetOSVersion=version,
        TargetLocalDateTime=deadline,
    )


def ask(
    ipad: SimulatedIpad, server: DeclaringServer, request_type: str, **parameters: Any
) -> Mapping[str, Any]:
    uuid = server.queue(request_type, f"{request_type}-{len(server.reports)}", **parameters)
    poll(ipad, server)
    return server.answer_to(uuid)


def test_an_update_is_loaded_early_and_installed_at_its_local_deadline(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    enforce(server)
    server.sync(ipad)

    at(ipad, AT_DEADLINE - timedelta(seconds=1))
    before = ipad.update.state, ipad.hardware.os_version
    at(ipad, AT_DEADLINE)

    assert before == (UpdateState.PREPARED, "18.6")
    assert (ipad.hardware.os_version, ipad.hardware.build_version) == ("26.1", "23B85")
    assert ipad.update.wish is None


def test_an_update_is_reported_on_its_way(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    server.subscribe(
        STATE,
        "softwareupdate.pending-version",
        "softwareupdate.install-reason",
        "device.operating-system.version",
    )
    enforce(server)
    server.sync(ipad)
    poll(ipad, server)
    poll(ipad, server)
    at(ipad, AT_DEADLINE)
    poll(ipad, server)

    pending = {
        "os-version": "26.1",
        "build-version": "23B85",
        "target-local-date-time": DEADLINE,
    }
    assert server.told(STATE) == ["none", "downloading", "prepared", "none"]
    assert server.told("softwareupdate.pending-version")[0] == pending
    assert server.told("softwareupdate.pending-version")[-1]["os-version"] == ""
    assert server.told("softwareupdate.install-reason")[0]["declaration-id"] == "cfg.26.1"
    assert server.told("device.operating-system.version") == ["18.6", "26.1"]


def test_after_an_update_the_ipad_says_what_it_can_now(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    server.configure("safari.settings", "cfg.safari", AllowPopups=False)
    enforce(server)
    server.sync(ipad)
    assert "cfg.safari" not in active_on(ipad)

    at(ipad, AT_DEADLINE)
    poll(ipad, server)

    assert len(server.told("management.client-capabilities")) == 2
    assert "cfg.safari" in active_on(ipad)


@pytest.mark.parametrize("version", ["18.6", "18.5"])
def test_a_version_that_is_no_newer_is_an_error(
    of_version: MakeEnrolled, server: DeclaringServer, version: str
) -> None:
    ipad = of_version("18.6")
    enforce(server, version)

    server.sync(ipad)

    standing = declarations_on(ipad)[f"cfg.{version}"]
    assert standing.reasons == ("Error.ConfigurationCannotBeApplied",)


@pytest.mark.parametrize("version", ["26", "26.0", "26.9", "26.8", "30.1"])
def test_a_version_that_apple_does_not_offer_for_the_model_stays_active_and_does_nothing(
    of_version: MakeEnrolled, server: DeclaringServer, version: str
) -> None:
    ipad = of_version("18.6")
    enforce(server, version)
    server.sync(ipad)

    at(ipad, AT_DEADLINE + timedelta(days=2))

    assert f"cfg.{version}" in active_on(ipad)
    assert ipad.hardware.os_version == "18.6"


def test_a_release_that_appears_later_is_installed_then(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    enforce(server, "26.5")
    server.sync(ipad)

    ipad.environment.releases = (*RELEASES, Release("26.5", "23F1"))
    at(ipad, AT_DEADLINE)

    assert ipad.hardware.os_version == "26.5"


@pytest.mark.parametrize(
    "deadline", ["2026-12-05T18:00:00Z", "2026-12-05T18:00:00+01:00", "2026-12-05T18:00:00.5"]
)
def test_a_deadline_with_a_zone_or_fraction_is_invalid(
    of_version: MakeEnrolled, server: DeclaringServer, deadline: str
) -> None:
    ipad = of_version("18.6")
    enforce(server, deadline=deadline)

    server.sync(ipad)

    assert declarations_on(ipad)["cfg.26.1"].reasons == ("Error.ConfigurationIsInvalid",)


def test_a_day_that_does_not_exist_is_invalid(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    enforce(server, deadline="2026-02-30T18:00:00")

    server.sync(ipad)

    assert declarations_on(ipad)["cfg.26.1"].reasons == ("Error.ConfigurationIsInvalid",)


def test_of_several_the_earliest_deadline_comes_first(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    enforce(server, "26.1", "2026-12-24T18:00:00")
    enforce(server, "18.7.2", DEADLINE)

    server.sync(ipad)

    assert ipad.update.wish is not None
    assert ipad.update.wish.release.version == "18.7.2"


def test_a_deadline_in_the_past_leaves_an_hour(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    enforce(server, deadline="2026-11-20T07:00:00")
    server.sync(ipad)

    at(ipad, NOW + timedelta(minutes=59))
    before = ipad.hardware.os_version
    at(ipad, NOW + timedelta(hours=1))

    assert (before, ipad.hardware.os_version) == ("18.6", "26.1")


def test_an_ipad_that_was_off_at_the_deadline_waits_an_hour_after_its_start(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    enforce(server)
    server.sync(ipad)
    at(ipad, NOW)
    ipad.shut_down()
    ipad.press_button()
    at(ipad, AT_DEADLINE + timedelta(days=1))

    at(ipad, AT_DEADLINE + timedelta(days=1, minutes=59))
    before = ipad.hardware.os_version
    at(ipad, AT_DEADLINE + timedelta(days=1, hours=1))

    assert (before, ipad.hardware.os_version) == ("18.6", "26.1")


def test_an_update_without_network_waits(of_version: MakeEnrolled, server: DeclaringServer) -> None:
    ipad = of_version("18.6")
    enforce(server)
    server.sync(ipad)
    ipad.go_away()

    at(ipad, AT_DEADLINE)

    assert ipad.update.state is UpdateState.WAITING


def test_a_withdrawn_update_is_given_up(of_version: MakeEnrolled, server: DeclaringServer) -> None:
    ipad = of_version("18.6")
    enforce(server)
    server.sync(ipad)

    server.withdraw("cfg.26.1")
    server.sync(ipad)
    at(ipad, AT_DEADLINE)

    assert ipad.hardware.os_version == "18.6"


def test_an_update_in_trouble_fails_once_and_goes_on_when_the_trouble_ends(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    server.subscribe(STATE, "softwareupdate.failure-reason")
    enforce(server)
    server.sync(ipad)
    ipad.faults.update_trouble = "insufficient-space"
    at(ipad, AT_DEADLINE)
    poll(ipad, server)
    failed = ipad.update.state

    ipad.faults.update_trouble = None
    at(ipad, AT_DEADLINE)

    told = server.told("softwareupdate.failure-reason")[-1]
    assert failed is UpdateState.FAILED
    assert (told["count"], told["reason"]) == (1, "insufficient-space")
    assert ipad.hardware.os_version == "26.1"


def test_an_update_survives_an_erase(of_version: MakeEnrolled, server: DeclaringServer) -> None:
    ipad = of_version("18.6")
    enforce(server)
    server.sync(ipad)
    at(ipad, AT_DEADLINE)

    ipad.erase()

    assert ipad.hardware.os_version == "26.1"
    assert ipad.update.wish is None


def schedule(
    ipad: SimulatedIpad, server: DeclaringServer, action: str = "Default", version: str = "26.2"
) -> str | None:
    wish = {"ProductVersion": version, "InstallAction": action}
    answer = ask(ipad, server, "ScheduleOSUpdate", Updates=[wish])
    return read_update_results(answer).items[0].status


def test_commands_list_load_and_install_an_update_on_older_systems(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("16.7.12")
    (offered,) = read_available_updates(ask(ipad, server, "AvailableOSUpdates"))
    first = schedule(ipad, server)
    for _ in range(2):
        ipad.tick()
    (progress,) = read_update_status(ask(ipad, server, "OSUpdateStatus"))
    second = schedule(ipad, server)
    for _ in range(3):
        ipad.tick()

    assert (offered.version, progress.is_downloaded) == ("26.2", True)
    assert (first, second) == ("Downloading", "Installing")
    assert ipad.hardware.os_version == "26.2"


def test_nothing_is_installed_that_was_not_loaded(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("16.7.12")

    assert schedule(ipad, server, "InstallASAP") == "Idle"
    assert ipad.update.wish is None


def test_a_command_is_refused_while_a_declaration_enforces_an_update(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    enforce(server)
    server.sync(ipad)

    wish = {"ProductVersion": "26.2", "InstallAction": "Default"}
    answer = ask(ipad, server, "ScheduleOSUpdate", Updates=[wish])

    assert read_update_results(answer).items[0].error_chain


def test_an_unknown_update_is_refused(of_version: MakeEnrolled, server: DeclaringServer) -> None:
    ipad = of_version("16.7.12")

    schedule(ipad, server, version="26.9")

    assert ipad.update.wish is None


@pytest.mark.parametrize(
    "request_type", ["AvailableOSUpdates", "OSUpdateStatus", "ScheduleOSUpdate"]
)
def test_ipados_27_does_not_know_the_commands_any_more(
    of_version: MakeEnrolled, server: DeclaringServer, request_type: str
) -> None:
    ipad = of_version("27.0")
    wish = {"ProductVersion": "27.1", "InstallAction": "Default"}
    parameters = {"Updates": [wish]} if request_type == "ScheduleOSUpdate" else {}

    answer = ask(ipad, server, request_type, **parameters)

    assert answer["ErrorChain"][0]["ErrorCode"] == 12021


def test_a_declared_deferral_hides_young_releases(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("18.6")
    server.configure("softwareupdate.settings", "cfg.one", Deferrals={"CombinedPeriodInDays": 5})
    server.configure("softwareupdate.settings", "cfg.two", Deferrals={"CombinedPeriodInDays": 30})
    server.sync(ipad)

    (offered,) = read_available_updates(ask(ipad, server, "AvailableOSUpdates"))

    assert offered.version == "26.1"


def test_a_restriction_defers_on_older_systems(
    of_version: MakeEnrolled, server: DeclaringServer
) -> None:
    ipad = of_version("17.7.10")
    profile = a_restriction_profile(forceDelayedSoftwareUpdates=True)
    ask(ipad, server, "InstallProfile", Payload=to_bytes(profile))

    (offered,) = read_available_updates(ask(ipad, server, "AvailableOSUpdates"))

    assert offered.version == "26.1"
