"""Where the web server listens, and what is said to iPads."""

import socket
from contextlib import closing

import pytest

from mdm.base.errors import InvalidInput
from mdm.cli.address import Address, PortTaken, choose_address


def test_the_public_address_follows_from_host_and_port() -> None:
    address = choose_address("127.0.0.1", 0, None, tls=False)

    assert address.port > 0
    assert address.public_url == f"http://127.0.0.1:{address.port}"


def test_a_taken_port_is_refused_before_anything_starts() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTaken, match=str(port)):
            choose_address("127.0.0.1", port, None, tls=False)


def test_listening_everywhere_needs_an_address_to_tell() -> None:
    with pytest.raises(InvalidInput, match="--public-url"):
        choose_address("0.0.0.0", 0, None, tls=False)


def test_tls_does_not_go_with_a_plain_public_address() -> None:
    with pytest.raises(InvalidInput, match="https"):
        choose_address("127.0.0.1", 0, "http://mdm.stadt.example", tls=True)


def test_a_proxy_may_speak_tls_for_us() -> None:
    address = choose_address("127.0.0.1", 0, "https://mdm.stadt.example/", tls=False)

    assert address.public_url == "https://mdm.stadt.example"
    assert address.local_url.startswith("http://127.0.0.1:")


def test_the_certificate_names_every_way_to_the_server() -> None:
    address = Address("192.0.2.7", 8443, "https://mdm.stadt.example:8443", is_tls_here=True)

    assert address.names == ["127.0.0.1", "192.0.2.7", "localhost", "mdm.stadt.example"]
