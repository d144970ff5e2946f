"""Settings: read once from the environment, checked at start, frozen afterwards.

Every field is read from KLASSENSATZ_<FIELD>, or from the file that KLASSENSATZ_<FIELD>_FILE
names (for secrets). A variable with our prefix that we do not know is refused aloud, because
a mistyped name would otherwise silently mean the default.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mdm.base.errors import MissingMasterKey, SettingsError

PREFIX = "KLASSENSATZ_"
Network = IPv4Network | IPv6Network
_AT_LEAST_ONE = ("lease_seconds", "proof_seconds", "roster_megabytes")
# A plan looks two weeks back, and a command may wait for thirty days.
_LEAST_DAYS = {"result_days": 1, "command_days": 60, "report_days": 30}
IDENTITY_SOURCES = ("signature", "rfc9440", "nginx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between one installation and the next."""

    home: Path = Path("var")
    database_url: str = ""
    database_owner_url: str = ""
    redis_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    organization: str = "Klassensatz"
    master_key: bytes = field(default=b"", repr=False)
    device_identity: str = "signature"
    client_certificate_header: str = "Client-Cert"
    trusted_proxies: tuple[Network, ...] = ()
    scep_legacy: bool = False
    challenge_minutes: int = 60
    link_hours: int = 72
    session_hours: int = 10
    identity_days: int = 730
    erase_quota_person: int = 5
    erase_quota_city: int = 20
    apns_host: str = "api.push.apple.com"
    apns_port: int = 443
    apns_trust: str = ""
    pushes_per_second: int = 200
    last_seen_seconds: int = 15
    sweep_seconds: int = 60
    # How long a worker that was killed still holds what it had taken.
    lease_seconds: int = 60
    # When a proof is first looked for that needs its time: of an app, of a restart.
    proof_seconds: int = 60
    # A larger file of a roster is refused unread.
    roster_megabytes: int = 20
    # For how long what was read, what ended and what was replaced is kept.
    result_days: int = 30
    command_days: int = 400
    report_days: int = 180
    # Who asks for /metrics must know it; without one nobody is told.
    metrics_token: str = field(default="", repr=False)
    log_level: str = "INFO"

    @property
    def database(self) -> str:
        """The database's URL; SQLite in the home folder when none was given."""
        return self.database_url or f"sqlite:///{self.home / 'klassensatz.sqlite'}"

    @property
    def database_owner(self) -> str:
        """The URL that migrations use: the owner of the tables."""
        return self.database_owner_url or self.database

    @property
    def public_host(self) -> str:
        """Host and port of the public URL, as enrolment links name their audience."""
        return urlsplit(self.public_url).netloc


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    raises: SettingsError naming the variable and what is wrong with it.
    """
    source = os.environ if environment is None else environment
    ours = {name: value for name, value in source.items() if name.startswith(PREFIX)}
    known = {f.name for f in fields(Settings)}
    values = dict(_read_variable(name, ours[name], known) for name in sorted(ours))
    return _checked(Settings(**{key: _convert(key, text) for key, text in values.items()}))


def require_master_key(settings: Settings) -> bytes:
    """Give the master key, or say how to provide one.

    The key file in the home folder is for the embedded engines only; in production the key
    lives elsewhere, so that a copy of the folder alone opens nothing.
    raises: MissingMasterKey.
    """
    if settings.master_key:
        return settings.master_key
    path = settings.home / "master.key"
    if not path.is_file():
        raise MissingMasterKey(
            f"no master key: set {PREFIX}MASTER_KEY_FILE to a file with 32 bytes in base64"
        )
    return _master_key("master.key", path.read_text())


def _read_variable(name: str, value: str, known: set[str]) -> tuple[str, str]:
    key = name.removeprefix(PREFIX).lower()
    if key in known:
        return key, value
    if key.endswith("_file") and key.removesuffix("_file") in known:
        return key.removesuffix("_file"), _read_file(name, value)
    raise SettingsError(f"{name} is not a setting; see the operator guide for the list")


def _read_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise SettingsError(f"{name}: cannot read {path}: {error.strerror}") from error


def _convert(key: str, text: str) -> Any:
    kind = type(getattr(Settings(), key))
    if key == "trusted_proxies":
        return _networks(text)
    if key == "master_key":
        return _master_key(f"{PREFIX}MASTER_KEY", text)
    if kind is bool:
        return _boolean(key, text)
    if kind is int:
        return _whole(key, text)
    return Path(text) if key == "home" else text


def _boolean(key: str, text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in words:
        raise SettingsError(f"{PREFIX}{key.upper()}: say true or false, not {text!r}")
    return words[text.lower()]


def _whole(key: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"{PREFIX}{key.upper()}: a whole number is needed, not {text!r}")
    return int(text)


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(f"{PREFIX}TRUSTED_PROXIES: {error}") from error


def _master_key(name: str, text: str) -> bytes:
    problem = f"{name}: the master key must be 32 bytes in base64"
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise SettingsError(problem) from error
    if len(key) != 32:
        raise SettingsError(problem)
    return key


def _checked(settings: Settings) -> Settings:
    url = urlsplit(settings.public_url)
    if url.scheme not in ("http", "https") or not url.netloc or url.path not in ("", "/"):
        raise SettingsError(f"{PREFIX}PUBLIC_URL: need https://host[:port] without a path")
    for name, least in _LEAST_DAYS.items():
        if getattr(settings, name) < least:
            raise SettingsError(f"{PREFIX}{name.upper()}: at least {least} days")
    for name in _AT_LEAST_ONE:
        if getattr(settings, name) < 1:
            raise SettingsError(f"{PREFIX}{name.upper()}: at least 1 is needed")
    if settings.device_identity not in IDENTITY_SOURCES:
        allowed = ", ".join(IDENTITY_SOURCES)
        raise SettingsError(f"{PREFIX}DEVICE_IDENTITY: one of {allowed}")
    if settings.device_identity != "signature" and not settings.trusted_proxies:
        raise SettingsError(f"{PREFIX}TRUSTED_PROXIES: name the proxies whose header is believed")
    return settings
