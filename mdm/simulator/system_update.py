"""An update of the system under way: loaded, ready, installed, or failed.

Here: the states and how they move on. Not here: what exists (releases), who wants it
(declarative.enforcement, commands.updates), what an iPad does once it is installed (ipad).

source: Apple, schema "Software Update:Enforcement:Specific"; status items "softwareupdate".
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from mdm.simulator.releases import Release


class UpdateState(Enum):
    """How far it is, in the words of softwareupdate.install-state."""

    NONE = "none"
    WAITING = "waiting"
    DOWNLOADING = "downloading"
    PREPARED = "prepared"
    INSTALLING = "installing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Wish:
    """An update that somebody wants.

    install_at: on the iPad's own clock; None: at once. deadline: as it was written, or None.
    declaration: whose it is; None: a command's. only_load: not to be installed yet.
    """

    release: Release
    install_at: datetime | None = None
    deadline: str | None = None
    declaration: str | None = None
    only_load: bool = False

    def is_due(self, now: datetime) -> bool:
        """Whether it may be installed now."""
        return not self.only_load and (self.install_at is None or now >= self.install_at)


@dataclass(slots=True)
class SystemUpdate:
    """The update of one iPad.

    noticed_at: declaration → when its deadline was first seen, which matters if it had passed.
    failures, failure, failed_at: of the present wish.
    """

    wish: Wish | None = None
    state: UpdateState = UpdateState.NONE
    noticed_at: dict[str, datetime] = field(default_factory=dict)
    failures: int = 0
    failure: str | None = None
    failed_at: datetime | None = None

    def want(self, wish: Wish | None) -> bool:
        """Replace the wish; what is loaded is kept for the same release. True: that is news."""
        if wish == self.wish:
            return False
        old, self.wish = self.wish, wish
        if wish is None or old is None or wish.release != old.release:
            self.state = UpdateState.NONE
            self._forget_failures()
        return True

    def step(self, now: datetime, *, is_online: bool, trouble: str | None) -> Release | None:
        """Go on by one step.

        trouble: why it cannot be installed, such as insufficient-space; None: it can.
        returns: the release, in the moment in which it is installed.
        """
        if self.wish is None:
            return None
        match self.state:
            case UpdateState.NONE | UpdateState.WAITING:
                self.state = UpdateState.DOWNLOADING if is_online else UpdateState.WAITING
            case UpdateState.DOWNLOADING if is_online:
                self.state = UpdateState.PREPARED
            case UpdateState.PREPARED | UpdateState.FAILED if self.wish.is_due(now):
                self._begin(now, trouble)
            case UpdateState.INSTALLING:
                return self._finish()
        return None

    def _begin(self, now: datetime, trouble: str | None) -> None:
        if trouble is None:
            self.state = UpdateState.INSTALLING
        elif self.failure != trouble or self.state is not UpdateState.FAILED:
            self.state = UpdateState.FAILED
            self.failures += 1
            self.failure, self.failed_at = trouble, now

    def _finish(self) -> Release | None:
        release = self.wish.release if self.wish is not None else None
        self.wish, self.state = None, UpdateState.NONE
        self._forget_failures()
        return release

    def _forget_failures(self) -> None:
        self.failures, self.failure, self.failed_at = 0, None, None
