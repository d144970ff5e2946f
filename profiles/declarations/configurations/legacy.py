"""A profile that is delivered as a declaration; iPadOS 15.

Here: where the profile is, and who decides. The device fetches it with its identity from this
server, installs it by itself and reports whether it is valid. Of a profile that a command had
installed, with the same identifiers and UUIDs throughout and the same payloads in the same order,
it takes over without installing it again; then commands for that profile fail.
Not here: the profile itself (profiles.configuration_profile).

source: Apple, schema "Legacy Profile", "Legacy Interactive Profile".
"""

from __future__ import annotations

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration, require_identifier
from profiles.payloads.stating import require_text
from profiles.payloads.web_address import require_https

TYPE = "com.apple.configuration.legacy"
INTERACTIVE = "com.apple.configuration.legacy.interactive"


def legacy_profile(profile_url: str, identifier: str) -> Declaration:
    """Install a profile by itself.

    profile_url: https; of this revision, so that a changed profile changes the declaration.
    raises: InvalidPayload.
    """
    require_https("ProfileURL", profile_url)
    return checked_declaration(TYPE, identifier, {"ProfileURL": profile_url})


def legacy_profile_from(asset: str, identifier: str) -> Declaration:
    """Install the profile that an asset refers to; iPadOS 27.

    asset: identifier of an asset with a property list.
    raises: InvalidPayload.
    """
    require_identifier("ProfileAssetReference", asset)
    return checked_declaration(TYPE, identifier, {"ProfileAssetReference": asset})


def offered_profile(profile_url: str, visible_name: str, identifier: str) -> Declaration:
    """Offer a profile that people install in the settings if they like; not on a Shared iPad.

    raises: InvalidPayload.
    """
    require_https("ProfileURL", profile_url)
    require_text("VisibleName", visible_name)
    payload = {"ProfileURL": profile_url, "VisibleName": visible_name}
    return checked_declaration(INTERACTIVE, identifier, payload)
