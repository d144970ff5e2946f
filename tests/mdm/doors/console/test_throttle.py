"""Guessing passwords: what counts, and by whom."""

from dataclasses import replace

from mdm.base.db import Database
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from tests.factories.people import PASSWORD
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World, make_app


def test_with_redis_stopped_people_sign_in_and_guessers_are_still_slowed_down(
    tools: Tools, world: World, database: Database
) -> None:
    unreachable = Settings(redis_url="unix:///nowhere/redis.sock")
    browser = Browser(make_app(replace(tools, settings=unreachable)))

    assert browser.sign_in("manager_a", PASSWORD).status_code == 302
    answers = [browser.sign_in("manager_b", f"geraten {n}").status_code for n in range(7)]

    assert answers[0] == 401
    assert answers[-1] == 429


def test_a_guesser_with_a_whole_ipv6_network_is_one_guesser(nobody: Browser) -> None:
    answers = []
    for number in range(7):
        nobody.client.environ_base["REMOTE_ADDR"] = f"2001:db8:0:1::{number + 1:x}"
        answers.append(nobody.sign_in("manager_b", f"geraten {number}").status_code)

    assert answers[0] == 401
    assert answers[-1] == 429
