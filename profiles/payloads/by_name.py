"""Every payload a school may write in a file, by a short name and with typed fields.

Here: the names, and how a table of a file becomes a payload. Left out on purpose: what enrols an
iPad elsewhere and the password that removes profiles, for no school may give them. Not here: the
fields themselves (one file per payload beside this), files and lines (mdm.cli.payloads).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from difflib import get_close_matches
from inspect import Parameter, signature
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.identifiers import payload_identifier
from profiles.payloads.account_calendars import dav_payload, subscribed_calendar_payload
from profiles.payloads.account_exchange import exchange_payload
from profiles.payloads.account_google import google_payload
from profiles.payloads.account_ldap import ldap_payload
from profiles.payloads.account_mail import mail_payload
from profiles.payloads.airplay import airplay_payload
from profiles.payloads.airprint import airprint_payload
from profiles.payloads.app_lock import app_lock_payload
from profiles.payloads.apple_tv import (
    airplay_security_payload,
    conference_room_payload,
    tv_remote_payload,
)
from profiles.payloads.cellular import cellular_payload
from profiles.payloads.certificate_checks import (
    certificate_revocation_payload,
    certificate_transparency_payload,
)
from profiles.payloads.certificates import (
    Certificate,
    CertificateRole,
    certificate_payload,
    pkcs12_payload,
)
from profiles.payloads.classroom import classroom_payload
from profiles.payloads.dns import dns_proxy_payload, dns_settings_payload
from profiles.payloads.font import font_payload
from profiles.payloads.home_screen import home_screen_payload
from profiles.payloads.http_proxy import global_proxy_payload
from profiles.payloads.identity import acme_payload, scep_payload
from profiles.payloads.lock_screen import lock_screen_payload
from profiles.payloads.managed_domains import managed_domains_payload
from profiles.payloads.network_usage import network_usage_payload
from profiles.payloads.notifications import notifications_payload
from profiles.payloads.passcode import passcode_payload
from profiles.payloads.relay import relay_payload
from profiles.payloads.restrictions import restrictions_payload
from profiles.payloads.setup_assistant import setup_assistant_payload
from profiles.payloads.single_sign_on import single_sign_on_payload
from profiles.payloads.vpn import per_app_vpn_payload, vpn_payload
from profiles.payloads.web_clip import web_clip_payload
from profiles.payloads.web_filter import web_filter_payload
from profiles.payloads.wifi import wifi_payload
from profiles.typed_values import below, fields_of, read_fields, read_typed

_NAMES = ("called", "display_name")
_NAMING = ("identifier", "display_name")
_REFERRING = ("_uuid", "_uuids", "_anchors")


def _certificate_payload(
    file: bytes,
    identifier: str,
    display_name: str = "",
    role: CertificateRole = CertificateRole.ROOT,
) -> Payload:
    return certificate_payload(Certificate.read(file), role, identifier, display_name)


BUILDERS: Mapping[str, Callable[..., Payload]] = {
    "acme": acme_payload,
    "airplay": airplay_payload,
    "airplay_security": airplay_security_payload,
    "airprint": airprint_payload,
    "app_lock": app_lock_payload,
    "cellular": cellular_payload,
    "certificate": _certificate_payload,
    "certificate_revocation": certificate_revocation_payload,
    "certificate_transparency": certificate_transparency_payload,
    "classroom": classroom_payload,
    "conference_room": conference_room_payload,
    "dav": dav_payload,
    "dns": dns_settings_payload,
    "dns_proxy": dns_proxy_payload,
    "exchange": exchange_payload,
    "font": font_payload,
    "google": google_payload,
    "home_screen": home_screen_payload,
    "http_proxy": global_proxy_payload,
    "identity": pkcs12_payload,
    "ldap": ldap_payload,
    "lock_screen": lock_screen_payload,
    "mail": mail_payload,
    "managed_domains": managed_domains_payload,
    "network_usage": network_usage_payload,
    "notifications": notifications_payload,
    "passcode": passcode_payload,
    "per_app_vpn": per_app_vpn_payload,
    "relay": relay_payload,
    "restrictions": restrictions_payload,
    "scep": scep_payload,
    "setup_assistant": setup_assistant_payload,
    "single_sign_on": single_sign_on_payload,
    "subscribed_calendar": subscribed_calendar_payload,
    "tv_remote": tv_remote_payload,
    "vpn": vpn_payload,
    "web_clip": web_clip_payload,
    "web_filter": web_filter_payload,
    "wifi": wifi_payload,
}
"""Name in a file → its builder. Fields are those of the builder's value, or its parameters."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a payload: name of each field → its kind. required: names."""

    fields: Mapping[str, Any]
    required: tuple[str, ...]


def forms_of(name: str) -> list[Form]:
    """The ways to write a payload; several where it is one of several things."""
    parameter = _subject(BUILDERS[name])
    if parameter is None:
        return [_parameters(BUILDERS[name])]
    return [Form(*fields_of(kind)) for kind in _kinds(parameter[1])]


def payloads_from(tables: object, prefix: str) -> tuple[Payload, ...]:
    """Build the payloads that the tables of a file describe, in their order.

    tables: a list of tables. In each, `type` names the builder, `called` and `display_name` the
        payload; all others are its fields. A field ending in _uuid, _uuids or _anchors may say
        what a payload before it is called. prefix: of each PayloadIdentifier, in reverse DNS.
    raises: InvalidPayload with the path of the field (`payload[2].minimum_length`).
    """
    if not isinstance(tables, list | tuple) or not tables:
        raise InvalidPayload("payload", "is no list of tables", "write [[payload]] above each")
    built: list[Payload] = []
    named: dict[str, Payload] = {}
    for place, table in enumerate(tables):
        if not isinstance(table, Mapping):
            raise InvalidPayload(f"payload[{place}]", "is no table", "write [[payload]] above it")
        payload = _payload_from(table, prefix, place, named)
        if payload.identifier in [one.identifier for one in built]:
            raise InvalidPayload(f"payload[{place}].called", "comes twice", "call it otherwise")
        built.append(payload)
        if "called" in table:
            named[str(table["called"])] = payload
    return tuple(built)


def _payload_from(
    table: Mapping[str, object], prefix: str, place: int, named: Mapping[str, Payload]
) -> Payload:
    where = f"payload[{place}]"
    name = _type_of(table, where)
    values = {key: _resolved(key, value, named) for key, value in table.items()}
    del values["type"]
    naming: dict[str, str] = {
        key: read_typed(str, values.pop(key), f"{where}.{key}") for key in _NAMES if key in values
    }
    called = naming.pop("called", f"{name}{place + 1}")
    identifier: str = below(f"{where}.called", lambda: payload_identifier(prefix, called))
    return _built(name, values, where, identifier, naming)


def _built(
    name: str, values: Mapping[str, object], where: str, identifier: str, naming: dict[str, str]
) -> Payload:
    builder = BUILDERS[name]
    shown = signature(builder).parameters.get("display_name")
    if shown is None and naming:
        hint = "leave it out: another field names it"
        raise InvalidPayload(f"{where}.display_name", "is not used here", hint)
    if shown is not None and shown.default is Parameter.empty:
        naming = {"display_name": name, **naming}
    arguments = _arguments(builder, values, where)
    built: Payload = below(where, lambda: builder(**arguments, identifier=identifier, **naming))
    return built


def _arguments(
    builder: Callable[..., Payload], values: Mapping[str, object], where: str
) -> dict[str, Any]:
    subject = _subject(builder)
    if subject is not None:
        return {subject[0]: read_typed(subject[1], values, where)}
    form = _parameters(builder)
    return read_fields(form.fields, form.required, values, where)


def _type_of(table: Mapping[str, object], where: str) -> str:
    name = table.get("type")
    if not isinstance(name, str) or name not in BUILDERS:
        similar = get_close_matches(str(name), BUILDERS, n=1)
        hint = f"did you mean {similar[0]}?" if similar else f"use {', '.join(BUILDERS)}"
        raise InvalidPayload(f"{where}.type", "is no type of payload", hint)
    return name


def _resolved(key: str, value: object, named: Mapping[str, Payload]) -> object:
    """The same value, with names of payloads replaced by their PayloadUUID where one belongs."""
    if isinstance(value, Mapping):
        return {inner: _resolved(str(inner), entry, named) for inner, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_resolved(key, entry, named) for entry in value]
    if isinstance(value, str) and key.endswith(_REFERRING) and value in named:
        return named[value].uuid
    return value


def _subject(builder: Callable[..., Payload]) -> tuple[str, Any] | None:
    """The one parameter that is a dataclass or a choice of them; None where there are others."""
    hints = _hints(builder)
    if len(hints) != 1:
        return None
    name, kind = next(iter(hints.items()))
    return (name, kind) if all(is_dataclass(one) for one in _kinds(kind)) else None


def _parameters(builder: Callable[..., Payload]) -> Form:
    parameters = signature(builder).parameters
    hints = _hints(builder)
    required = [name for name in hints if parameters[name].default is Parameter.empty]
    return Form(hints, tuple(required))


def _hints(builder: Callable[..., Payload]) -> dict[str, Any]:
    left_out = (*_NAMING, "return")
    return {name: kind for name, kind in get_type_hints(builder).items() if name not in left_out}


def _kinds(kind: Any) -> list[Any]:
    if get_origin(kind) not in (Union, UnionType):
        return [kind]
    return [one for one in get_args(kind) if one is not NoneType]
