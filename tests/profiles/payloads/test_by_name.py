"""Payloads as people write them in a file: every field of every builder, and what is refused."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum, Flag
from importlib import import_module
from inspect import getmembers, isfunction, signature
from pkgutil import iter_modules
from typing import Any

import pytest

from profiles import payloads
from profiles.configuration_profile import ConfigurationProfile, Payload
from profiles.payloads.by_name import BUILDERS, forms_of, payloads_from
from profiles.payloads.certificates import CertificateRole
from profiles.payloads.class_roster import PasscodeType
from profiles.payloads.identity import KeyUsage
from profiles.typed_values import read_typed
from tests.profiles.payloads import examples
from tests.profiles.payloads.examples import EXAMPLES
from tests.profiles.payloads.support import IDENTIFIER, UUID, refused

# No school may give them: an upload with them is refused.
REFUSED = {"mdm_payload", "removal_password_payload"}
# Says that a rule has no opinion where leaving it out means yes; a file has no word for that.
NOT_IN_A_FILE = {"passcode, if there is one", "removal password"}
WRITABLE = {name: make for name, make in EXAMPLES.items() if name not in NOT_IN_A_FILE}
NAME_OF = {builder.__name__: name for name, builder in BUILDERS.items()}


def as_written(value: Any) -> Any:
    """A value of ours as somebody would write it in a file."""
    if isinstance(value, Flag):
        return [one.name.lower() for one in value if one.name]
    if isinstance(value, Enum):
        return value.name.lower()
    if is_dataclass(value) and not isinstance(value, type):
        stated = {one.name: getattr(value, one.name) for one in fields(value)}
        return {name: as_written(one) for name, one in stated.items() if one is not None}
    if isinstance(value, list | tuple | frozenset):
        return [as_written(one) for one in value]
    return value


def table_of(builder: Callable[..., Payload], *given: Any, **named: Any) -> dict[str, Any]:
    """The table of a file that says the same as a call of a builder."""
    arguments = signature(builder).bind(*given, **named).arguments
    arguments.pop("identifier")
    if len(arguments) == 1 and is_dataclass(only := next(iter(arguments.values()))):
        arguments = as_written(only)
    return {"type": NAME_OF[builder.__name__], **as_written(dict(arguments))}


def written(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: as_written(value) for name, value in table.items()}


@pytest.mark.parametrize("name", WRITABLE)
def test_every_field_of_every_builder_can_be_written_in_a_file(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = []
    for builder in BUILDERS.values():
        if not hasattr(examples, builder.__name__):
            continue

        def recording(*given: Any, _builder: Any = builder, **named: Any) -> Payload:
            tables.append(written(table_of(_builder, *given, **named)))
            payload: Payload = _builder(*given, **named)
            return payload

        monkeypatch.setattr(examples, builder.__name__, recording)
    wanted = WRITABLE[name]()

    built = payloads_from(tables, IDENTIFIER)

    assert [(one.type, one.content, one.display_name) for one in built] == [
        (wanted.type, wanted.content, wanted.display_name)
    ]


def test_no_builder_is_forgotten() -> None:
    modules = [
        import_module(f"{payloads.__name__}.{one.name}") for one in iter_modules(payloads.__path__)
    ]
    built = {
        name
        for module in modules
        for name, function in getmembers(module, isfunction)
        if name.endswith("_payload")
        and function.__module__ == module.__name__
        and not name.startswith("_")
    }

    assert built - {"checked_payload"} - REFUSED == {n.removeprefix("_") for n in NAME_OF}


def test_each_type_tells_its_fields() -> None:
    for name in BUILDERS:
        for form in forms_of(name):
            assert form.fields
            assert set(form.required) <= form.fields.keys()


def test_a_payload_names_another_of_the_same_file() -> None:
    identity = {"type": "scep", "called": "ausweis", "url": "https://ca.example.org/scep"}
    subject = {"attributes": [["CN", "$SERIAL"]]}
    trust = {"server_names": ["radius.example.org"]}
    access = {"identity_uuid": "ausweis", "trust": trust}

    scep, wifi = payloads_from(
        [
            {**identity, "challenge": "geheim", "subject": subject, "key_usage": ["signing"]},
            {"type": "wifi", "ssid": "Schule", "access": access},
        ],
        IDENTIFIER,
    )

    assert scep.identifier == f"{IDENTIFIER}.ausweis"
    assert wifi.content["PayloadCertificateUUID"] == scep.uuid


def test_several_payloads_of_one_type_fit_into_a_profile() -> None:
    clip = {"type": "web_clip", "label": "Plan", "url": "https://plan.example.org/"}

    built = payloads_from([clip, clip], IDENTIFIER)

    assert ConfigurationProfile(IDENTIFIER, UUID, "Lesezeichen", built).payloads == built


@pytest.mark.parametrize(
    ("table", "field", "words"),
    [
        ({"type": "passcod"}, "payload[0].type", "did you mean passcode?"),
        ({"type": 7}, "payload[0].type", "use acme, "),
        ({}, "payload[0].type", "use acme, "),
        ({"type": "mdm"}, "payload[0].type", ""),
        ({"type": "removal_password", "password": "x"}, "payload[0].type", ""),
        (
            {"type": "passcode", "minimum_lenght": 6},
            "payload[0].minimum_lenght",
            "did you mean minimum_length?",
        ),
        ({"type": "passcode", "minimum_length": "6"}, "payload[0].minimum_length", "whole number"),
        ({"type": "passcode", "minimum_length": True}, "payload[0].minimum_length", "whole number"),
        ({"type": "passcode", "allow_simple": 1}, "payload[0].allow_simple", "true or false"),
        ({"type": "passcode", "minimum_length": 17}, "payload[0].minLength", ""),
        ({"type": "passcode", "erase_after_failures": 2}, "payload[0].maxFailedAttempts", ""),
        ({"type": "airprint"}, "payload[0].printers", "a list of"),
        ({"type": "airprint", "printers": "drucker"}, "payload[0].printers", "square brackets"),
        (
            {"type": "airprint", "printers": [{"host": "drucker", "prot": 631}]},
            "payload[0].printers[0].prot",
            "did you mean port?",
        ),
        ({"type": "dns", "server": {"url": "http://x"}}, "payload[0].server.", ""),
        ({"type": "dns", "server": {}}, "payload[0].server.url", "give a text"),
        ({"type": "dns", "server": "dns.example.org"}, "payload[0].server", ""),
        (
            {"type": "dav", "kind": "tasks", "host": "h.example.org", "user_name": "u"},
            "payload[0].kind",
            "write calendars, contacts",
        ),
        ({"type": "font", "name": "F", "file": "schrift.otf"}, "payload[0].file", "file"),
        ({"type": "dns_proxy", "bundle_id": "a.b", "settings": 1}, "payload[0].settings", ""),
        ({"type": "lock_screen", "footnote": "$SERIALNO"}, "payload[0].LockScreenFootnote", "$$"),
        (
            {"type": "lock_screen", "footnote": b"\xff"},
            "payload[0].footnote",
            "UTF-8",
        ),
        ({"type": "lock_screen", "footnote": "x", "called": "ä"}, "payload[0].called.", ""),
        (
            {"type": "font", "name": "F", "file": b"OTTO" + bytes(60), "display_name": "x"},
            "payload[0].display_name",
            "leave it out",
        ),
        (
            {
                "type": "scep",
                "url": "https://ca.example.org/",
                "challenge": "x",
                "subject": {"attributes": [["CN"]]},
            },
            "payload[0].subject.attributes[0]",
            "",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_field(
    table: dict[str, Any], field: str, words: str
) -> None:
    error = refused(lambda: payloads_from([table], IDENTIFIER))

    assert error.field.startswith(field)
    assert words in error.next_step


@pytest.mark.parametrize("tables", [None, [], {"type": "passcode"}, ["passcode"]])
def test_a_file_without_tables_is_refused(tables: Any) -> None:
    assert refused(lambda: payloads_from(tables, IDENTIFIER)).field.startswith("payload")


def test_two_payloads_of_one_name_are_refused() -> None:
    clip = {"type": "web_clip", "label": "Plan", "url": "https://a.example.org/", "called": "plan"}

    assert refused(lambda: payloads_from([clip, clip], IDENTIFIER)).field == "payload[1].called"


def test_a_password_may_stand_in_a_file_of_its_own() -> None:
    assert read_typed(str, b"geheim\r\n", "password") == "geheim"


def test_digits_stand_for_bytes() -> None:
    assert read_typed(bytes, "AB:cd", "fingerprint") == b"\xab\xcd"


def test_choices_are_named_in_small_letters() -> None:
    assert read_typed(PasscodeType, "six_digits", "passcode") is PasscodeType.SIX_DIGITS
    assert read_typed(CertificateRole, "root", "role") is CertificateRole.ROOT


def test_several_choices_add_up() -> None:
    both = read_typed(KeyUsage, ["signing", "encryption"], "key_usage")

    assert both is KeyUsage.SIGNING | KeyUsage.ENCRYPTION
