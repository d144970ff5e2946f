"""Loading what assets refer to, and checking it.

Here: address, media type, size, digest. Not here: what the bytes mean (managed_apps, legacy).

source: Apple, schema "Asset": Reference.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from mdm.simulator.declarative.client import DeclarativeClient, FetchedAsset
from mdm.simulator.declarative.documents import Declaration
from mdm.simulator.declarative.evaluation import assets_of
from mdm.simulator.declarative.fetching import download
from mdm.simulator.declarative.reasons import (
    ASSET_NOT_DOWNLOADED,
    ASSET_NOT_READ,
    ASSET_NOT_VERIFIED,
    Reason,
    Refused,
)
from mdm.simulator.errors import Unreachable
from mdm.simulator.exchange import Conversation, Response

_JSON = "application/json"
_SERVER_ERROR = 500


def fetch_assets(client: DeclarativeClient, wanted: Iterable[Declaration]) -> Conversation[None]:
    """Load the assets that configurations need and that are not here in this revision."""
    needed = list(dict.fromkeys(name for one in wanted for name in assets_of(one)))
    client.assets = {name: one for name, one in client.assets.items() if name in needed}
    for name in needed:
        asset, known = client.declarations[name], client.assets.get(name)
        is_known = known is not None and known.server_token == asset.server_token
        if known is None or not is_known or known.may_recover:
            client.assets[name] = yield from _fetched(asset)


def content_of(client: DeclarativeClient, identifier: str) -> bytes:
    """Give what an asset refers to. raises: Refused, if it could not be had."""
    asset = client.assets[identifier]
    if asset.content is None:
        reason = asset.refusal or Reason(ASSET_NOT_DOWNLOADED)
        raise Refused(reason, may_recover=asset.may_recover)
    return asset.content


def load(url: str) -> Conversation[Response]:
    """Load from an address that a declaration names. raises: Refused."""
    try:
        response = yield from download(url)
    except Unreachable as error:
        raise Refused(Reason(ASSET_NOT_DOWNLOADED, str(error)), may_recover=True) from error
    if not response.is_success:
        reason = Reason(ASSET_NOT_DOWNLOADED, f"answered with {response.status}")
        raise Refused(reason, may_recover=response.status >= _SERVER_ERROR)
    return response


def _fetched(asset: Declaration) -> Conversation[FetchedAsset]:
    reference = asset.payload.get("Reference")
    if reference is None:
        return FetchedAsset(asset.server_token, b"")
    try:
        response = yield from load(reference["DataURL"])
        _check(asset.declaration_type, reference, response)
    except Refused as refused:
        return FetchedAsset(
            asset.server_token, refusal=refused.reason, may_recover=refused.may_recover
        )
    return FetchedAsset(asset.server_token, _shared(response.body))


def _check(declaration_type: str, reference: Mapping[str, Any], response: Response) -> None:
    """raises: Refused."""
    found = {
        "ContentType": response.headers.get("content-type", ""),
        "Size": len(response.body),
        "Hash-SHA-256": hashlib.sha256(response.body).hexdigest(),
    }
    for key, value in found.items():
        expected = reference.get(key, value)
        if key == "Hash-SHA-256":
            expected = expected.lower()
        if expected != value:
            raise Refused(Reason(ASSET_NOT_VERIFIED, f"{key} is {value}, not {expected}"))
    if declaration_type.endswith(".userpassword"):
        _check_password(response.body)


def _check_password(body: bytes) -> None:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise Refused(Reason(ASSET_NOT_READ, "is no JSON")) from error
    if not isinstance(document, dict) or not isinstance(document.get("UserName"), str):
        raise Refused(Reason(ASSET_NOT_READ, "UserName is missing"))


@lru_cache(512)
def _shared(body: bytes) -> bytes:
    """Let many iPads with equal bytes hold them once."""
    return body
