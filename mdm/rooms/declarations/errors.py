"""What can go wrong with what a channel is told.

HouseError
├── SnapshotDamaged   what is stored does not give the token it was stored under
└── NoSuchVersion     a declaration names a version of a profile that is not in the library
"""

from mdm.base.errors import HouseError


class SnapshotDamaged(HouseError):
    """A stored set of declarations cannot be trusted. Nothing is told then, least of all nothing.

    token: under which it is stored.
    """

    def __init__(self, token: str) -> None:
        super().__init__(f"snapshot {token[:16]}")
        self.token = token


class NoSuchVersion(HouseError):
    """A declaration names a version of a profile that is not in the library. uuid: of it."""

    def __init__(self, uuid: str) -> None:
        super().__init__(f"profile version {uuid[:40]}")
        self.uuid = uuid
