"""The answer to UserList: who has used a Shared iPad."""

from dataclasses import dataclass

from profiles.commands.answers.fields import Fields, Listing, Values, read_list


@dataclass(frozen=True, slots=True)
class DeviceUser:
    """One person on a Shared iPad. Sizes are in bytes."""

    user_name: str
    is_logged_in: bool | None
    has_data_to_sync: bool | None
    data_quota: int | None
    data_used: int | None


def read_users(body: Values) -> Listing[DeviceUser]:
    """Read `Users`; members without UserName are left out.

    raises: MalformedMessage, if it is missing or no array.
    """
    return read_list(body, "Users", _user)


def _user(fields: Fields) -> DeviceUser | None:
    user_name = fields.text("UserName")
    if user_name is None:
        return None
    return DeviceUser(
        user_name=user_name,
        is_logged_in=fields.flag("IsLoggedIn"),
        has_data_to_sync=fields.flag("HasDataToSync"),
        data_quota=fields.integer("DataQuota"),
        data_used=fields.integer("DataUsed"),
    )
