"""What a device is told in answer to a check-in message, where there is anything to tell.

Here: bodies and claims only. Not here: status codes (the door), signing the token (the room that
keeps the key), the documents of declarative management (profiles/declarations/manifest.py).
Authenticate, TokenUpdate, CheckOut, SetBootstrapToken and a status report get an empty body.
"""

from datetime import datetime

from enrollment.checkin_messages import TokenService
from enrollment.identifiers import Channel, ChannelKind
from profiles import plist

_UNMANAGED_USERS = frozenset({ChannelKind.MAC_USER, ChannelKind.USER_ENROLLMENT_USER})


def manages_users_of(channel: Channel) -> bool:
    """Tell whether users of this kind are managed at all.

    False for users of a Mac: their UserAuthenticate and TokenUpdate are declined.
    """
    return channel.kind not in _UNMANAGED_USERS


def bootstrap_token_answer(token: bytes | None) -> bytes:
    """Answer GetBootstrapToken; without a stored token the key is absent.

    source: Apple, GetBootstrapTokenResponse.
    """
    return plist.write({} if token is None else {"BootstrapToken": token})


def get_token_answer(token_data: bytes) -> bytes:
    """Answer GetToken. token_data: for a Managed Apple Account the bytes of the signed token.

    source: Apple, GetTokenResponse.
    """
    return plist.write({"TokenData": token_data})


def maid_token_claims(server_uuid: str, issued_at: datetime, token_id: str) -> dict[str, str | int]:
    """Name what a token for Managed Apple Accounts says; it is to be signed with RS256.

    server_uuid: as Apple School Manager calls this server. token_id: a fresh UUID.
    source: Apple, GetToken, service type com.apple.maid.
    """
    return {
        "iss": server_uuid,
        "iat": int(issued_at.timestamp()),
        "jti": token_id,
        "service_type": TokenService.MANAGED_APPLE_ACCOUNT.value,
    }


def return_to_service_declined() -> bytes:
    """Answer ReturnToService: this device does not come back by itself.

    source: Apple, ReturnToServiceResponse.
    """
    return plist.write({"ReturnToService": {"Enabled": False}})
