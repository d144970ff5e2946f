"""A server that also has declarations, scripted by a test; it judges nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mdm.simulator.exchange import Request, Response
from mdm.simulator.ipad import SimulatedIpad
from tests.mdm.simulator.conftest import poll
from tests.mdm.simulator.fake_server import HOST, FakeServer

_ARRAYS = {
    "activation": "Activations",
    "asset": "Assets",
    "configuration": "Configurations",
    "management": "Management",
}
_JSON = {"content-type": "application/json"}


@dataclass
class DeclaringServer(FakeServer):
    """declared: identifier → what is sent for it. asked: endpoints, in order.

    bodies: answers that take the place of the right ones, by endpoint; used once.
    files: path → what a download there gives. token: of the set; follows from `revision`.
    """

    declared: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    status: list[dict[str, Any]] = field(default_factory=list)
    bodies: dict[str, Response] = field(default_factory=dict)
    files: dict[str, Response] = field(default_factory=dict)
    revision: int = 1

    def declare(self, kind: str, identifier: str, payload: Mapping[str, Any]) -> None:
        """Add or change a declaration; kind: its type without com.apple."""
        token = f"{identifier}-{self.revision}"
        self.declared[identifier] = {
            "Type": f"com.apple.{kind}",
            "Identifier": identifier,
            "ServerToken": token[-64:],
            "Payload": payload,
        }
        self.revision += 1

    def configure(self, kind: str, identifier: str, **payload: Any) -> None:
        """Add a configuration and an activation for it alone."""
        self.declare(f"configuration.{kind}", identifier, payload)
        self.declare(
            "activation.simple", f"on.{identifier}", {"StandardConfigurations": [identifier]}
        )

    def withdraw(self, *identifiers: str) -> None:
        """Take configurations and their activations away."""
        for identifier in identifiers:
            del self.declared[identifier]
            self.declared.pop(f"on.{identifier}", None)
        self.revision += 1

    def subscribe(self, *names: str) -> None:
        items = [{"Name": name} for name in names]
        self.configure("management.status-subscriptions", "subscriptions", StatusItems=items)

    def sync(self, ipad: SimulatedIpad, *, says_tokens: bool = True) -> None:
        """Tell an iPad by a command that something changed, and let it connect."""
        data: dict[str, Any] = {"Data": self.tokens()} if says_tokens else {}
        self.queue("DeclarativeManagement", f"sync-{self.revision}-{len(self.reports)}", **data)
        poll(ipad, self)

    def tokens(self) -> bytes:
        stamp = f"2026-11-20T08:{self.revision // 60:02d}:{self.revision % 60:02d}Z"
        tokens = {"DeclarationsToken": f"set-{self.revision}", "Timestamp": stamp}
        return json.dumps({"SyncTokens": tokens}).encode()

    def items(self) -> dict[str, Any]:
        lists: dict[str, list[dict[str, str]]] = {name: [] for name in _ARRAYS.values()}
        for identifier, one in self.declared.items():
            kind = one["Type"].split(".")[2]
            entry = {"Identifier": identifier, "ServerToken": one["ServerToken"]}
            lists[_ARRAYS[kind]].append(entry)
        return {"Declarations": lists, "DeclarationsToken": f"set-{self.revision}"}

    def told(self, path: str) -> list[Any]:
        """Every value that was reported for a status item, oldest first."""
        found = []
        for report in self.status:
            value: Any = report["StatusItems"]
            for key in path.split("."):
                value = value.get(key) if isinstance(value, dict) else None
            found += [] if value is None else [value]
        return found

    def send(self, request: Request) -> Response:
        path = request.url.removeprefix(HOST)
        if path in self.files:
            self.requests.append(request)
            return self.files[path]
        return super().send(request)

    def _check_in(self, message: Mapping[str, Any]) -> Response:
        if message["MessageType"] != "DeclarativeManagement":
            return super()._check_in(message)
        self.checkins.append(("DeclarativeManagement", message))
        endpoint = message["Endpoint"]
        self.asked.append(endpoint)
        if endpoint in self.bodies:
            return self.bodies.pop(endpoint)
        return self._declarative(endpoint, message)

    def _declarative(self, endpoint: str, message: Mapping[str, Any]) -> Response:
        if endpoint == "tokens":
            return Response(200, self.tokens(), _JSON)
        if endpoint == "declaration-items":
            return Response(200, json.dumps(self.items()).encode(), _JSON)
        if endpoint == "status":
            self.status.append(json.loads(message["Data"]))
            return Response(200)
        _, _, identifier = endpoint.split("/", 2)
        if identifier not in self.declared:
            return Response(404)
        return Response(200, json.dumps(self.declared[identifier]).encode(), _JSON)


def as_json(value: object, content_type: str = "application/json") -> Response:
    return Response(200, json.dumps(value).encode(), {"content-type": content_type})
