"""Settings are read once, checked at start, and mistakes are said aloud."""

import base64
from dataclasses import fields
from pathlib import Path

import pytest

from mdm.base.errors import MissingMasterKey, SettingsError
from mdm.base.settings import Settings, read_settings, require_master_key

KEY = base64.b64encode(b"k" * 32).decode()


def test_without_any_variable_the_embedded_defaults_hold() -> None:
    settings = read_settings({"PATH": "/usr/bin"})

    assert settings.database.startswith("sqlite:///")
    assert settings.device_identity == "signature"


def test_a_wake_up_that_got_lost_costs_a_minute_unless_said_otherwise() -> None:
    assert read_settings({}).sweep_seconds == 60


def test_a_mistyped_variable_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="KLASSENSATZ_PUBLIC_ULR"):
        read_settings({"KLASSENSATZ_PUBLIC_ULR": "https://mdm.example"})


def test_a_secret_is_read_from_the_file_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")

    settings = read_settings({"KLASSENSATZ_MASTER_KEY_FILE": str(tmp_path / "key")})

    assert settings.master_key == b"k" * 32


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")

    with pytest.raises(SettingsError, match="nowhere"):
        read_settings({"KLASSENSATZ_MASTER_KEY_FILE": missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "mdm.example"),
        ("PUBLIC_URL", "https://mdm.example/path"),
        ("SCEP_LEGACY", "perhaps"),
        ("LINK_HOURS", "-1"),
        ("LINK_HOURS", "three"),
        ("LEASE_SECONDS", "0"),
        ("COMMAND_DAYS", "59"),
        ("PROOF_SECONDS", "0"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("DEVICE_IDENTITY", "cookie"),
        ("MASTER_KEY", "c2hvcnQ="),
        ("MASTER_KEY", "no base64 !"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name.split("_", maxsplit=1)[0]):
        read_settings({f"KLASSENSATZ_{name}": value})


def test_a_header_of_a_proxy_is_believed_only_when_proxies_are_listed() -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        read_settings({"KLASSENSATZ_DEVICE_IDENTITY": "rfc9440"})


def test_no_master_key_at_all_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(MissingMasterKey, match="MASTER_KEY_FILE"):
        require_master_key(Settings(home=tmp_path))


def test_the_master_key_never_shows_in_a_printed_setting() -> None:
    settings = read_settings({"KLASSENSATZ_MASTER_KEY": KEY})

    assert "kkkk" not in repr(settings)
    assert KEY not in repr(settings)


def test_every_setting_is_described_in_the_operator_guide() -> None:
    guide = Path(__file__).parents[3] / "mdm" / "docs" / "operator-guide.md"
    text = guide.read_text()

    missing = [f.name for f in fields(Settings) if f"KLASSENSATZ_{f.name.upper()}" not in text]

    assert missing == []
