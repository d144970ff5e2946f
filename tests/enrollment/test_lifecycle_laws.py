"""Laws that hold for any order of messages from two certificates and one UDID."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from enrollment.checkin import Authenticate, CheckinMessage, CheckOut, TokenUpdate
from enrollment.lifecycle import (
    Binding,
    CertificateFacts,
    CertificatePurpose,
    EnrollmentFacts,
    EnrollmentState,
    Note,
    Successor,
    Transition,
    advance,
)
from tests.enrollment.facts import DEVICE, FOR_THIS_IPAD, NOW, SERIAL, UDID, fresh

IN_FORCE = {EnrollmentState.AUTHENTICATED, EnrollmentState.ENROLLED}


@dataclass
class Records:
    """The shortest room that writes transitions down."""

    rows: dict[str, EnrollmentFacts] = field(default_factory=dict)
    current: str | None = None
    tokens: dict[str, bytes] = field(default_factory=dict)
    used: set[bytes] = field(default_factory=set)
    cancelled: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)

    def hear(self, message: CheckinMessage, certificate: CertificateFacts) -> Transition | None:
        outcome = advance(self._known_by(certificate), message, self._seen(certificate), NOW)
        if not isinstance(outcome, Transition):
            return None
        self._write(outcome, message, certificate)
        return outcome

    def in_force(self) -> list[str]:
        return [
            row.enrollment_id
            for row in self.rows.values()
            if row.state in IN_FORCE and row.held is None
        ]

    def _seen(self, certificate: CertificateFacts) -> CertificateFacts:
        used_by = UDID if certificate.fingerprint in self.used else None
        return replace(certificate, used_by=used_by)

    def _known_by(self, certificate: CertificateFacts) -> EnrollmentFacts | None:
        pinned = [r for r in self.rows.values() if certificate.fingerprint in r.pins]
        found = pinned[0] if pinned else self.rows.get(self.current or "")
        if found is None:
            return None
        current = self.rows[self.current or found.enrollment_id]
        successor = None
        if found.state is EnrollmentState.REPLACED:
            successor = Successor(current.enrollment_id, current.generation, current.state)
        known = any(row.completed and row.held is None for row in self.rows.values())
        return replace(
            found, successor=successor, latest_generation=len(self.rows), device_known=known
        )

    def _write(
        self, transition: Transition, message: CheckinMessage, certificate: CertificateFacts
    ) -> None:
        row_id = transition.enrollment_id or f"row-{len(self.rows) + 1}"
        if transition.cancel_queue:
            self.cancelled.append(transition.replaces or row_id)
        if transition.replaces is not None:
            replaced = self.rows[transition.replaces]
            self.rows[transition.replaces] = replace(replaced, state=EnrollmentState.REPLACED)
        old = self.rows.get(row_id, EnrollmentFacts(row_id, UDID, transition.state, serial=SERIAL))
        pins = (certificate.fingerprint,) if transition.unpin_others else old.pins
        if transition.pin is not None and transition.pin not in pins:
            pins = (*pins, transition.pin)
        self.rows[row_id] = replace(
            old,
            state=transition.state,
            generation=transition.generation,
            pins=pins,
            held=transition.hold_reason,
            completed=old.completed or transition.state is EnrollmentState.ENROLLED,
        )
        if transition.store_tokens and isinstance(message, TokenUpdate):
            self.tokens[row_id] = message.token
        if transition.revive or Note.RETURNED_AFTER_CHECK_OUT in transition.notes:
            self.returned.append(row_id)
        if transition.revive or (transition.new_generation and not transition.is_held):
            self.current = row_id
        self.used.add(certificate.fingerprint)


OWN = [
    fresh(b"own-1", bound_to=FOR_THIS_IPAD),
    fresh(b"own-2", bound_to=FOR_THIS_IPAD),
    fresh(
        b"own-renewed",
        purpose=CertificatePurpose.RENEW,
        bound_to=Binding(device_key=UDID, enrollment_id="row-1"),
    ),
]
FOREIGN = fresh(b"foreign")

messages = st.one_of(
    st.just(Authenticate(DEVICE, serial_number=SERIAL)),
    st.just(CheckOut(DEVICE)),
    st.binary(min_size=1, max_size=1).map(lambda token: TokenUpdate(DEVICE, token, "magic")),
)
said_by_anyone = st.lists(st.tuples(messages, st.sampled_from([*OWN, FOREIGN])), max_size=25)


@given(said_by_anyone)
def test_a_device_never_has_two_enrollments_in_force(
    said: list[tuple[CheckinMessage, CertificateFacts]],
) -> None:
    records = Records()

    for message, certificate in said:
        records.hear(message, certificate)

        assert len(records.in_force()) <= 1


@given(said_by_anyone)
def test_only_a_pinned_certificate_ever_changes_tokens(
    said: list[tuple[CheckinMessage, CertificateFacts]],
) -> None:
    records = Records()

    for message, certificate in said:
        before = dict(records.tokens)
        records.hear(message, certificate)

        for row_id in records.tokens.keys() | before.keys():
            if records.tokens.get(row_id) != before.get(row_id):
                assert certificate.fingerprint in records.rows[row_id].pins


@given(said_by_anyone)
def test_a_foreign_certificate_never_touches_a_complete_enrollment(
    said: list[tuple[CheckinMessage, CertificateFacts]],
) -> None:
    records = Records()
    records.hear(Authenticate(DEVICE, serial_number=SERIAL), OWN[0])
    records.hear(TokenUpdate(DEVICE, b"own", "magic"), OWN[0])

    for message, certificate in said:
        before = (records.current, records.rows[records.current or ""], dict(records.tokens))
        cancelled = list(records.cancelled)
        records.hear(message, certificate)

        if certificate is FOREIGN and before[1].completed:
            current = before[0] or ""
            assert records.current == current
            assert records.rows[current] == before[1]
            assert records.tokens.get(current) == before[2].get(current)
            assert set(records.cancelled[len(cancelled) :]) <= {
                row.enrollment_id for row in records.rows.values() if row.held is not None
            }


@given(said_by_anyone)
def test_a_queue_is_cancelled_once_in_each_period_of_service(
    said: list[tuple[CheckinMessage, CertificateFacts]],
) -> None:
    records = Records()

    for message, certificate in said:
        records.hear(message, certificate)

        for row_id in records.rows:
            assert records.cancelled.count(row_id) <= 1 + records.returned.count(row_id)


@given(said_by_anyone)
def test_saying_the_same_thing_twice_changes_nothing_the_second_time(
    said: list[tuple[CheckinMessage, CertificateFacts]],
) -> None:
    records = Records()

    for message, certificate in said:
        records.hear(message, certificate)
        rows, current, cancelled = dict(records.rows), records.current, list(records.cancelled)
        records.hear(message, certificate)

        assert (records.rows, records.current, records.cancelled) == (rows, current, cancelled)
