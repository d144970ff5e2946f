"""Whose attempts are counted: the address behind a listed proxy, and nobody else's word."""

from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import Flask

from mdm.base.db import Database
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.doors.console.throttle import client_address
from tests.factories.people import PASSWORD
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World, make_app

PROXIES = (ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),
        ("10.0.0.2", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.2", "203.0.113.9, 10.0.0.3", "203.0.113.9"),
        ("10.0.0.2", "nonsense", "10.0.0.2"),
        ("10.0.0.2", "", "10.0.0.2"),
    ],
)
def test_a_forwarded_address_is_believed_only_of_a_listed_proxy(
    peer: str, forwarded: str, address: str
) -> None:
    with Flask("test").test_request_context(
        environ_base={"REMOTE_ADDR": peer}, headers={"X-Forwarded-For": forwarded}
    ):
        assert client_address(PROXIES) == address


def test_with_redis_stopped_people_sign_in_and_guessers_are_still_slowed_down(
    tools: Tools, world: World, database: Database
) -> None:
    unreachable = Settings(redis_url="unix:///nowhere/redis.sock")
    browser = Browser(make_app(replace(tools, settings=unreachable)))

    assert browser.sign_in("manager_a", PASSWORD).status_code == 302
    answers = [browser.sign_in("manager_b", f"geraten {n}").status_code for n in range(7)]

    assert answers[0] == 401
    assert answers[-1] == 429
