"""A simulated iPad: its state, and what people and time do to it.

Here: state and life. Not here: joining (enrolment, installation), talking (checkin, connection),
obeying (commands), many of them (fleet). It is used by one conversation at a time.
"""

import random
from collections import Counter, deque
from dataclasses import replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import rsa

from mdm.simulator.declarative import enforcement
from mdm.simulator.declarative.client import DeclarativeClient
from mdm.simulator.faults import Faults
from mdm.simulator.hardware import Habits, Hardware
from mdm.simulator.installed_apps import AppShelf
from mdm.simulator.installed_profiles import WIFI, ProfileStore
from mdm.simulator.management import Channel, Enrolment
from mdm.simulator.surroundings import Done, Environment, Settings
from mdm.simulator.system_update import SystemUpdate
from profiles.configuration_profile import Payload
from profiles.plist import WritableValue

_TOKEN_BYTES = 32
_UNLOCK_TOKEN_BYTES = 1200
_LONGEST_HISTORY = 2000


class SimulatedIpad:
    """One iPad.

    number: of the iPad in its fleet, by which its keys are found. rng: the source of all chance.
    executed: CommandUUID → how often it was carried out, errors included, NotNow not; survives an
        erase, since it is the observer's. history: the newest commands, oldest first.
    complaints: what the server did wrong, in English.
    """

    def __init__(
        self,
        number: int,
        hardware: Hardware,
        environment: Environment,
        rng: random.Random,
        habits: Habits = Habits(),  # noqa: B008  a frozen value
    ) -> None:
        self.number = number
        self.hardware = hardware
        self.environment = environment
        self.rng = rng
        self.habits = habits
        self.faults = Faults()
        self.executed: Counter[str] = Counter()
        self.history: deque[Done] = deque(maxlen=_LONGEST_HISTORY)
        self.complaints: deque[str] = deque(maxlen=_LONGEST_HISTORY)
        self.erasures = 0
        self._keys_used = 0
        self.is_away = False
        self.ticks_until_return: int | None = None
        self.ticks_until_boot: int | None = None
        self.is_shut_down = False
        self._reset()

    def _reset(self) -> None:
        """Be as new, in Setup Assistant."""
        self.settings = Settings()
        self.profiles = ProfileStore()
        self.apps = AppShelf()
        self.update = SystemUpdate()
        self.on_since: datetime | None = None
        self.books: dict[str, dict[str, WritableValue]] = {}
        self.provisioning_profiles: dict[str, bytes] = {}
        self.users: dict[str, Channel | None] = {}
        self.signed_in: str | None = None
        self.enrolment: Enrolment | None = None
        self.enrols_with: bytes | None = None
        self.is_awaiting = False
        self.passcode: str | None = None
        self.is_unlocked_since_boot = True
        self.is_screen_locked = False
        self.lost_message: str | None = None
        self.unlock_token = self.rng.randbytes(_UNLOCK_TOKEN_BYTES)
        self.bypass_code: str | None = "ADHJK-MNPQR-TUVWX-YZ012-34567-3"
        self.battery = 0.8
        self.joins_by_hand = True
        self.ticks_until_retry: int | None = None

    @property
    def now(self) -> datetime:
        """What the iPad's own clock says."""
        return self.environment.clock.now() + self.faults.clock_skew

    @property
    def serial_number(self) -> str:
        """The serial number."""
        return self.hardware.serial_number

    @property
    def is_enrolled(self) -> bool:
        """Whether it stands under management."""
        return self.enrolment is not None

    @property
    def is_on(self) -> bool:
        """Whether it runs, neither shut down nor restarting."""
        return self.ticks_until_boot is None and not self.is_shut_down

    @property
    def is_locked_since_boot(self) -> bool:
        """Whether its files are still sealed: passcode set, not unlocked since the restart."""
        return self.passcode is not None and not self.is_unlocked_since_boot

    @property
    def is_online(self) -> bool:
        """Whether it can reach anything: running, not away, on a network."""
        if not self.is_on or self.is_away:
            return False
        return self.hardware.has_cellular or self._has_wlan()

    def _has_wlan(self) -> bool:
        if self.is_locked_since_boot and not self.habits.joins_wlan_locked:
            return False
        return self.joins_by_hand or any(map(self._joins, self.profiles.payloads(WIFI)))

    def _joins(self, wifi: Payload) -> bool:
        networks = self.environment.networks
        if networks is None:
            return True
        content = wifi.content
        ssid = content.get("SSID_STR")
        if not isinstance(ssid, str) or ssid not in networks:
            return False
        return networks[ssid] in (None, content.get("Password"))

    def next_key(self) -> rsa.RSAPrivateKey:
        """Make a key pair, as for every identity the iPad asks for."""
        key = self.environment.keys.key(self.number, self._keys_used)
        self._keys_used += 1
        return key

    def new_channel(self, topic: str, user_name: str | None = None) -> Channel:
        """Make a channel with a fresh token, known to the push service before anybody hears it."""
        token = self.rng.randbytes(_TOKEN_BYTES)
        self.environment.push.register(token, topic)
        return Channel(token, self._uuid(), user_name)

    def _uuid(self) -> str:
        digits = f"{self.rng.getrandbits(128):032X}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def channels(self) -> list[Channel]:
        """List the channels that speak now: the device's, and the signed-in person's."""
        if self.enrolment is None:
            return []
        channel = self.users.get(self.signed_in) if self.signed_in is not None else None
        is_wanted = channel is not None and not channel.is_declined
        return [self.enrolment.channel, *([channel] if channel and is_wanted else [])]

    def all_channels(self) -> list[Channel]:
        """List all channels that have a token, signed in or not."""
        if self.enrolment is None:
            return []
        return [self.enrolment.channel, *(one for one in self.users.values() if one is not None)]

    def set_passcode(self, passcode: str | None) -> None:
        """Let a person set or remove the passcode."""
        self.passcode = passcode
        self.stir()

    def unlock(self) -> None:
        """Let a person unlock the iPad."""
        self.is_unlocked_since_boot = True
        self.is_screen_locked = False
        self.tell_push()

    def leave_management(self) -> None:
        """Remove the enrolment and all that came with it."""
        for channel in self.all_channels():
            self.environment.push.unregister(channel.token)
        if self.enrolment is not None:
            self.profiles.discard(self.enrolment.management.profile_identifier)
        self.enrolment = None
        self.is_awaiting = False
        self.profiles.remove_managed()
        self.apps.leave_management()
        self.update = SystemUpdate()
        self.users = dict.fromkeys(self.users)
        self.ticks_until_retry = None

    def erase(self, enrols_with: bytes | None = None) -> None:
        """Erase all content, keys and profiles; what remains is the hardware.

        enrols_with: a profile to enrol with untouched (return to service).
        """
        self.leave_management()
        self._reset()
        self.erasures += 1
        self.enrols_with = enrols_with
        self.restart()

    def restart(self) -> None:
        """Go off-line for a while; afterwards the files are sealed if there is a passcode."""
        self.ticks_until_boot = self.habits.boot_ticks
        self.signed_in = None
        self.is_unlocked_since_boot = False
        self.tell_push()

    def shut_down(self) -> None:
        """Go off until somebody presses the button."""
        self.restart()
        self.ticks_until_boot = None
        self.is_shut_down = True

    def go_away(self, ticks: int | None = None) -> None:
        """Be out of reach, as in a bag; for so many ticks, or until `come_back`."""
        self.is_away = True
        self.ticks_until_return = ticks
        self.tell_push()

    def come_back(self) -> None:
        """Be in reach again."""
        self.is_away = False
        self.ticks_until_return = None
        self.tell_push()

    def press_button(self) -> None:
        """Switch on."""
        self.is_shut_down = False
        self.ticks_until_boot = self.habits.boot_ticks

    def tick(self) -> None:
        """Let a little time pass: restarts end, apps install, retries come due."""
        self.live()
        if self.ticks_until_boot is not None:
            self.ticks_until_boot -= 1
            if self.ticks_until_boot <= 0:
                self._boot()
        if self.ticks_until_return is not None:
            self.ticks_until_return -= 1
            if self.ticks_until_return <= 0:
                self.come_back()
        if self.ticks_until_retry is not None and self.ticks_until_retry > 0:
            self.ticks_until_retry -= 1

    def _boot(self) -> None:
        self.ticks_until_boot = None
        self.on_since = self.now
        if self.habits.polls_after_boot and self.enrolment is not None:
            self.ticks_until_retry = 0
        self.tell_push()

    @property
    def wants_connection(self) -> bool:
        """Whether it would connect by itself: an answer undelivered, or a NotNow has passed."""
        if not self.is_online:
            return False
        if self.ticks_until_retry is not None:
            return self.ticks_until_retry <= 0
        can_obey = not self.is_locked_since_boot and not self.faults.is_busy
        return can_obey and any(channel.comes_back for channel in self.channels())

    @property
    def declarative(self) -> DeclarativeClient | None:
        """The declarations of the device's channel; None before the first command for them."""
        return self.enrolment.channel.declarative if self.enrolment is not None else None

    @property
    def wants_to_report(self) -> bool:
        """Whether it has something to ask or tell about declarations by itself."""
        if self.ticks_until_retry is not None or self.is_locked_since_boot or not self.is_online:
            return False
        clients = [channel.declarative for channel in self.channels()]
        now = self.now
        return any(client is not None and client.is_due(now) for client in clients)

    def stir(self) -> None:
        """Note that something may have changed that is to be reported."""
        for channel in self.all_channels():
            if channel.declarative is not None:
                channel.declarative.has_news = True

    def live(self) -> None:
        """Let installations go on by one step: of apps, and of the system."""
        self.apps.step()
        if self.apps.has_moved:
            self.apps.has_moved = False
            self.stir()
        if self.is_on:
            self._go_on_updating()

    def consider_update(self) -> None:
        """Find out which update of the system is wanted now."""
        situation = enforcement.Situation(
            self.hardware.version,
            self.hardware.product_name,
            self.environment.releases,
            self.settings.time_zone,
            self.now,
            self.on_since,
        )
        if enforcement.reconsider(self.update, self.declarative, situation):
            self.stir()

    def _go_on_updating(self) -> None:
        if self.update.noticed_at:
            self.consider_update()
        before = self.update.state, self.update.failures
        trouble = self.faults.update_trouble
        release = self.update.step(self.now, is_online=self.is_online, trouble=trouble)
        if before != (self.update.state, self.update.failures):
            self.stir()
        if release is not None:
            self.hardware = replace(self.hardware, os_version=release.version, build=release.build)
            self.restart()

    def tell_push(self) -> None:
        """Let the push service know whether this iPad can be reached."""
        online = self.is_online
        speaking = self.channels()
        for channel in self.all_channels():
            self.environment.push.reachable(channel.token, online and channel in speaking)
