"""A device's introduction: believed if Apple vouches for it, whatever the dates say."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment.errors import EnrollmentError, MachineInfoRefused, MalformedMachineInfo
from enrollment.machine_info import MachineInfo, read
from profiles import plist
from profiles.cms import SignatureForm
from tests.enrollment.apple_like import certified, device, devices, introduction, phones, root
from tests.enrollment.facts import NOW
from tests.enrollment.keys import rsa_key

SAID: dict[str, plist.WritableValue] = {
    "UDID": "00008030-001A2B3C4D5E6F70",
    "SERIAL": "DMPXX0001",
    "PRODUCT": "iPad13,18",
    "VERSION": "22B83",
    "OS_VERSION": "18.1",
    "LANGUAGE": "de",
    "MDM_CAN_REQUEST_SOFTWARE_UPDATE": True,
}
CONTENT = plist.write(SAID)
ROOTS = [root().certificate]


@pytest.mark.parametrize("form", list(SignatureForm))
def test_an_expired_chain_with_short_keys_is_believed(form: SignatureForm) -> None:
    info = read(introduction(CONTENT, form=form), ROOTS)

    assert info == MachineInfo(
        product="iPad13,18",
        build="22B83",
        signer_name="device-uuid",
        udid="00008030-001A2B3C4D5E6F70",
        serial_number="DMPXX0001",
        os_version="18.1",
        language="de",
        can_be_told_to_update=True,
    )


def test_a_personal_ipad_hides_who_it_is() -> None:
    info = read(introduction(plist.write({"PRODUCT": "iPad13,18", "VERSION": "22B83"})), ROOTS)

    assert (info.udid, info.serial_number) == (None, None)


def test_links_that_the_device_did_not_send_are_taken_from_us() -> None:
    body = introduction(CONTENT, links=())

    with pytest.raises(MachineInfoRefused):
        read(body, ROOTS)
    assert read(body, ROOTS, [phones().certificate, devices().certificate])


def test_another_root_of_the_same_name_vouches_for_nobody() -> None:
    with pytest.raises(MachineInfoRefused):
        read(introduction(CONTENT), [root(1).certificate])


def test_a_self_made_certificate_is_refused() -> None:
    ends = NOW + timedelta(1)
    impostor = certified("Beispiel Device CA", rsa_key(2048, 30), None, ends=ends)

    with pytest.raises(MachineInfoRefused):
        read(introduction(CONTENT, impostor), ROOTS)


def test_a_device_cannot_vouch_for_another() -> None:
    ends = NOW + timedelta(1)
    child = certified("child", rsa_key(2048, 31), device(), ends=ends, is_authority=False)

    with pytest.raises(MachineInfoRefused):
        read(introduction(CONTENT, child, (device(), devices(), phones())), ROOTS)


def test_changed_words_are_noticed() -> None:
    changed = introduction(CONTENT).replace(b"DMPXX0001", b"DMPXX0002")

    with pytest.raises(MachineInfoRefused):
        read(changed, ROOTS)


def test_a_certificate_of_an_unknown_version_is_refused() -> None:
    version_3, version_8 = bytes.fromhex("a003020102"), bytes.fromhex("a003020107")
    body = introduction(CONTENT).replace(version_3, version_8)

    with pytest.raises(MachineInfoRefused):
        read(body, ROOTS)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"no property list", "body"),
        (plist.write({**SAID, "SERIAL": 5}), "SERIAL"),
        (plist.write({**SAID, "SERIAL": "s" * 1000}), "SERIAL"),
        (plist.write({**SAID, "UDID": "\u202ex"}), "UDID"),
        (plist.write({"UDID": "x", "VERSION": "22B83"}), "PRODUCT"),
        (plist.write({"UDID": "x", "PRODUCT": "iPad13,18"}), "VERSION"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(content: bytes, field: str) -> None:
    with pytest.raises(MalformedMachineInfo) as refusal:
        read(introduction(content), ROOTS)

    assert refusal.value.field == field


@pytest.mark.parametrize("body", [b"", b"\x30\x80", CONTENT])
def test_an_unsigned_body_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedMachineInfo):
        read(body, ROOTS)


@given(position=st.integers(min_value=0), value=st.integers(0, 255))
@settings(max_examples=60)
def test_a_damaged_introduction_is_read_or_refused_and_nothing_else(
    position: int, value: int
) -> None:
    good = bytearray(introduction(CONTENT))
    good[position % len(good)] = value

    with suppress(EnrollmentError):
        read(bytes(good), ROOTS)
