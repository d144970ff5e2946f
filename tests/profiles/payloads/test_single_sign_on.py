"""Single sign-on by an extension, and Apple's Kerberos."""

from pathlib import Path
from typing import Any

import pytest

from profiles.payloads.kerberos import KERBEROS_EXTENSION, KerberosSignOn
from profiles.payloads.single_sign_on import (
    CredentialSignOn,
    RedirectSignOn,
    single_sign_on_payload,
)
from tests.profiles.apple_yaml import load
from tests.profiles.payloads.examples import EXAMPLES
from tests.profiles.payloads.support import APP, IDENTIFIER, content_of, refused

KERBEROS = (
    Path(__file__).parents[4]
    / "shared/apple-schema/mdm/profiles/com.apple.extensiblesso(kerberos).yaml"
)
LOGIN = ("https://login.example.org/",)


def test_a_redirecting_extension_has_addresses() -> None:
    content = content_of(single_sign_on_payload(RedirectSignOn(APP, LOGIN), IDENTIFIER))

    assert content == {"ExtensionIdentifier": APP, "Type": "Redirect", "URLs": list(LOGIN)}


def test_an_answering_extension_has_hosts() -> None:
    sign_on = CredentialSignOn(APP, (".example.org",), "EXAMPLE.ORG", {"a": []})

    assert content_of(single_sign_on_payload(sign_on, IDENTIFIER)) == {
        "ExtensionIdentifier": APP,
        "Type": "Credential",
        "Hosts": [".example.org"],
        "Realm": "EXAMPLE.ORG",
        "ExtensionData": {"a": []},
    }


def test_apples_extension_has_apples_team() -> None:
    sign_on = KerberosSignOn("EXAMPLE.ORG", (".example.org",))

    content = content_of(single_sign_on_payload(sign_on, IDENTIFIER))

    assert content["ExtensionIdentifier"] == KERBEROS_EXTENSION
    assert (content["Type"], content["TeamIdentifier"]) == ("Credential", "apple")
    assert content["ExtensionData"]["useSiteAutoDiscovery"] is True


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: RedirectSignOn("sso", LOGIN), "ExtensionIdentifier"),
        (lambda: RedirectSignOn(APP, ()), "URLs"),
        (lambda: RedirectSignOn(APP, (*LOGIN, LOGIN[0].upper())), "URLs[1]"),
        (lambda: RedirectSignOn(APP, ("https://login.example.org/?a=b",)), "URLs[0]"),
        (lambda: RedirectSignOn(APP, ("login.example.org",)), "URLs[0]"),
        (lambda: RedirectSignOn(APP, LOGIN, denied_apps=("x",)), "DeniedBundleIdentifiers[0]"),
        (lambda: CredentialSignOn(APP, ()), "Hosts"),
        (lambda: CredentialSignOn(KERBEROS_EXTENSION, ("a",)), "ExtensionIdentifier"),
        (lambda: KerberosSignOn("example.org", ("a",)), "Realm"),
        (lambda: KerberosSignOn("EXAMPLE.ORG", ()), "Hosts"),
        (
            lambda: KerberosSignOn("EXAMPLE.ORG", ("a",), certificate_uuid="x"),
            "ExtensionData.certificateUUID",
        ),
    ],
)
def test_what_signs_nobody_in_is_named(make: Any, field: str) -> None:
    assert refused(make).field == field


@pytest.mark.skipif(not KERBEROS.is_file(), reason="no copy of Apple's schema here")
def test_kerberos_settings_are_those_of_apples_schema() -> None:
    entries = {entry["key"]: entry for entry in load(KERBEROS)["payloadkeys"]}
    known = {
        entry["key"]: entry["type"].strip("<>")
        for entry in entries["ExtensionData"]["subkeys"]
        if entry.get("supportedOS", {}).get("iOS", {}).get("introduced") != "n/a"
    }
    kinds = {"string": str, "boolean": bool, "array": list}

    written = dict[str, Any](EXAMPLES["kerberos"]().content)

    assert written.keys() == entries.keys()
    for key, value in written["ExtensionData"].items():
        assert type(value) is kinds[known[key]], key
