"""The smallest server that an iPad can enrol with: no database, no HTTP, everything remembered.

It takes requests as a function (`send`), checks signatures, and offers each command until it is
answered. `answers_next` scripts what the next requests to a path are told instead.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.serialization import load_der_public_key

from enrollment.enrollment_profile import EnrollmentProfileSettings, build, renewal
from enrollment.identity import IdentitySubject, issue
from enrollment.scep import ca_certificate, capabilities
from enrollment.scep_reply import failure, success
from enrollment.scep_request import ScepRequest, read_request
from enrollment.scep_words import FailInfo
from mdm.simulator.exchange import Request, Response
from profiles import cms, plist
from profiles.commands.command import build as build_command
from profiles.commands.wire import to_bytes as command_bytes
from profiles.configuration_profile import to_bytes as profile_bytes
from profiles.declarations.manifest import Manifest, declaration_items_document, tokens_document
from tests.enrollment.facts import NOW
from tests.enrollment.keys import authority

HOST = "https://mdm.beispielstadt.example"
LINK = f"{HOST}/enroll/token-1"
CHALLENGE = "einmal-und-nie-wieder-1"
SETTINGS = EnrollmentProfileSettings(
    identifier="de.beispielstadt.klassensatz.enrol",
    display_name="Beispielstadt",
    organization="Beispielstadt",
    topic="com.apple.mgmt.External.beispiel",
    server_url=f"{HOST}/mdm/connect",
    check_in_url=f"{HOST}/mdm/checkin",
    scep_url=f"{HOST}/scep",
    challenge=CHALLENGE,
    common_name="iPad",
)
ENROLMENT_PROFILE = profile_bytes(build(SETTINGS))

_PLIST = {"content-type": "application/xml; charset=UTF-8"}
_JSON = {"content-type": "application/json"}
_PKI = {"content-type": "application/x-pki-message"}
_NONCE = b"sixteen octets.."


def renewal_profile(challenge: str = "erneuert-und-nie-wieder", **changes: Any) -> bytes:
    """The enrolment profile again, with another challenge."""
    return profile_bytes(renewal(SETTINGS, replace(SETTINGS, challenge=challenge, **changes)))


@dataclass
class FakeServer:
    """checkins: (MessageType, message). reports: all reports, Idle among them."""

    profile: bytes = ENROLMENT_PROFILE
    challenges: set[str] = field(
        default_factory=lambda: {CHALLENGE, "erneuert-und-nie-wieder", "zum-zweiten-mal-hier"}
    )
    checkins: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    reports: list[Mapping[str, Any]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    fingerprints: list[bytes] = field(default_factory=list)
    queues: dict[str, deque[tuple[str, bytes]]] = field(default_factory=lambda: defaultdict(deque))
    answers_next: dict[str, deque[Response]] = field(default_factory=lambda: defaultdict(deque))
    manifest: Manifest = field(default_factory=lambda: Manifest((), NOW))

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        path = request.url.removeprefix(HOST).partition("?")[0]
        answer = self._answer(path, request)
        scripted = self.answers_next[path]
        return scripted.popleft() if scripted else answer

    def queue(self, request_type: str, uuid: str = "", channel: str = "", **parameters: Any) -> str:
        """Queue a command; channel: of a person, by name, or a UDID. Returns its CommandUUID."""
        uuid = uuid or f"{request_type}-{sum(map(len, self.queues.values())) + 1}"
        body = command_bytes(build_command(request_type, parameters), uuid)
        self.queues[channel].append((uuid, body))
        return uuid

    def queue_raw(self, uuid: str, command: Mapping[str, Any]) -> None:
        """Queue a command that no careful server would send."""
        body = plist.write({"CommandUUID": uuid, "Command": command})
        self.queues[""].append((uuid, body))

    def message_types(self) -> list[str]:
        return [kind for kind, _ in self.checkins]

    def answer_to(self, uuid: str) -> Mapping[str, Any]:
        """The newest report about a command."""
        return next(r for r in reversed(self.reports) if r.get("CommandUUID") == uuid)

    def answers_to(self, uuid: str) -> list[str]:
        """The statuses of all reports about a command, in order."""
        return [str(r["Status"]) for r in self.reports if r.get("CommandUUID") == uuid]

    def _answer(self, path: str, request: Request) -> Response:
        match path:
            case "/enroll/token-1":
                page = b'<a class="button" href="/enroll/token-1/profile">Profil laden</a>'
                return Response(200, page, {"content-type": "text/html; charset=utf-8"})
            case "/enroll/token-1/profile":
                kind = {"content-type": "application/x-apple-aspen-config"}
                return Response(200, self.profile, kind)
            case "/scep":
                return self._scep(request)
            case "/mdm/checkin":
                return self._check_in(self._signed(request))
            case "/mdm/connect":
                return self._connect(self._signed(request))
            case _:
                return Response(404)

    def _signed(self, request: Request) -> Mapping[str, Any]:
        signed = cms.read_signed(cms.decode_signature_header(request.headers["Mdm-Signature"]))
        cms.verify_detached(signed, request.body)
        self.fingerprints.append(signed.fingerprint)
        return plist.read_dict(request.body)

    def _check_in(self, message: Mapping[str, Any]) -> Response:
        self.checkins.append((message["MessageType"], message))
        if message["MessageType"] != "DeclarativeManagement":
            return Response(200)
        if message["Endpoint"] == "tokens":
            return Response(200, tokens_document(self.manifest), _JSON)
        if message["Endpoint"] == "declaration-items":
            return Response(200, declaration_items_document(self.manifest), _JSON)
        return Response(200)

    def _connect(self, report: Mapping[str, Any]) -> Response:
        self.reports.append(report)
        own = report["UDID"]
        queue = self.queues[own if own in self.queues else report.get("UserShortName", "")]
        uuid, status = report.get("CommandUUID"), report["Status"]
        if status == "NotNow":
            return Response(200)
        if queue and queue[0][0] == uuid:
            queue.popleft()
        return Response(200, queue[0][1], _PLIST) if queue else Response(200)

    def _scep(self, request: Request) -> Response:
        query = request.url.partition("?")[2]
        if query == "operation=GetCACaps":
            return Response(200, capabilities(allow_legacy=False), {"content-type": "text/plain"})
        if query == "operation=GetCACert":
            kind, body = ca_certificate(authority().certificate)
            return Response(200, body, {"content-type": kind})
        asked = read_request(
            request.body, [authority()], allow_legacy=False, require_signer_is_requester=True
        )
        assert isinstance(asked, ScepRequest)
        if asked.challenge not in self.challenges:
            body = failure(asked, FailInfo.BAD_REQUEST, authority(), _NONCE)
            return Response(200, body, _PKI)
        public_key = load_der_public_key(asked.public_key)
        subject = IdentitySubject("iPad", "Beispielstadt")
        serial = (1 << 100) + len(self.requests)
        certificate = issue(public_key, subject, authority(), NOW, serial)  # type: ignore[arg-type]
        return Response(200, success(asked, certificate, authority(), _NONCE), _PKI)
