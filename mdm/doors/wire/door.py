"""The device door itself: raw bytes in, an answer out. Both the WSGI fast path and the Flask
views call this; it knows neither.

Order: signature over the raw bytes, then reading, then one transaction, then the answer.
"""

import threading
from collections.abc import Mapping
from typing import Any

from mdm.base.tools import Tools
from mdm.doors.wire import checkin, connect
from mdm.doors.wire.answer import Answer
from mdm.doors.wire.body import MAX_DEVICE_BODY, read_body
from mdm.doors.wire.errors import answer_for
from mdm.doors.wire.identity import IdentityReader
from mdm.rooms.commands.fast_path import FastPath
from mdm.rooms.declarations.serving import Serving
from mdm.rooms.devices.last_seen import LastSeen
from profiles import plist
from profiles.commands.results import result_from
from profiles.errors import MalformedMessage


class DeviceDoor:
    """Everything the two device URLs need, prepared once per process."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.identity = IdentityReader(tools.settings)
        self.last_seen = LastSeen(tools.database, tools.settings.last_seen_seconds)
        self._fast: FastPath | None = None
        self._declared: Serving | None = None
        self._lock = threading.Lock()

    @property
    def fast(self) -> FastPath:
        """The prepared statements; made at first use, so that a fork shares no connection."""
        if self._fast is None:
            with self._lock:
                self._fast = self._fast or FastPath(self.tools.database)
        return self._fast

    @property
    def declared(self) -> Serving:
        """The prepared statements of declarative management, on the same connections."""
        if self._declared is None:
            driver = self.fast.driver
            with self._lock:
                self._declared = self._declared or Serving(driver)
        return self._declared

    def handle(self, environ: Mapping[str, Any]) -> Answer:
        """Answer one PUT to either URL."""
        try:
            body = read_body(environ, MAX_DEVICE_BODY)
            fingerprint = self.identity.fingerprint(environ, body)
            return self._dispatch(fingerprint, body)
        # The last catch of the door: a device must never see a traceback or an accident's 401.
        except Exception as error:  # noqa: BLE001
            return answer_for(error)

    def _dispatch(self, fingerprint: bytes, body: bytes) -> Answer:
        """Tell check-in and command channel apart by what the body says; clients differ in
        URLs and content types, but not in this.
        """
        envelope = plist.read_report_envelope(body)
        if envelope is not None:
            return connect.handle(self, fingerprint, connect.from_envelope(envelope))
        message = plist.read_dict(body)
        if "MessageType" in message:
            return checkin.handle(self, fingerprint, message)
        if "Status" in message:
            report = connect.from_result(self.tools.vault, body, result_from(message))
            return connect.handle(self, fingerprint, report)
        raise MalformedMessage("MessageType", "missing, and Status too")
