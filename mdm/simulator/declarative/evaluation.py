"""Which declarations hold together, and which configurations are to be in force.

Here: activations, predicates, references. Not here: each declaration by itself (checking),
bringing about (effects). An activation that names what is not there, or a configuration whose
asset is not there, applies nothing; a configuration that is invalid keeps no other from applying.

source: Apple, schema "Activation:Simple", and the reasons of declarations.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mdm.simulator.declarative.checking import refusal_of
from mdm.simulator.declarative.client import DeclarativeClient, State, Validity
from mdm.simulator.declarative.documents import Declaration
from mdm.simulator.declarative.predicates import (
    Lookup,
    NotEvaluable,
    NotUnderstood,
    Values,
    parse,
)
from mdm.simulator.declarative.reasons import (
    MISSING_ASSETS,
    MISSING_CONFIGURATIONS,
    NO_ACTIVATION,
    NO_CONFIGURATION,
    NOT_EVALUATED,
    NOT_PARSED,
    PREDICATE,
    Reason,
)
from profiles.schema.declaration_reader import references_in
from profiles.schema.hints import DeviceTraits

PROPERTIES = "com.apple.management.properties"

_LISTED = "StandardConfigurations"
_VALID = State(active=False, validity=Validity.VALID)


@dataclass(frozen=True, slots=True)
class Situation:
    """What declarations are judged by.

    ordered: identifier or type of a declaration → why it is to be called invalid (faults).
    """

    device: DeviceTraits
    status: Lookup
    ordered: Mapping[str, Reason] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is found.

    wanted: configurations to be in force, in the order of the list.
    states: of all declarations, as if nothing could go wrong with those wanted.
    """

    wanted: tuple[Declaration, ...]
    states: Mapping[str, State]


def evaluate(client: DeclarativeClient, situation: Situation) -> Evaluation:
    """Judge all declarations of a client."""
    return _Judge(client, situation).judge()


def assets_of(declaration: Declaration) -> list[str]:
    """List the assets that a declaration names."""
    found = references_in(declaration.declaration_type, declaration.payload)
    return [reference.identifier for reference in found]


class _Judge:
    def __init__(self, client: DeclarativeClient, situation: Situation) -> None:
        self._client = client
        self._situation = situation
        self._refusals = {
            one.identifier: refusal
            for one in client.declarations.values()
            if (refusal := self._refusal(one)) is not None
        }
        self._values = Values(situation.status, self._properties().get)

    def judge(self) -> Evaluation:
        activations = {one.identifier: self._activation(one) for one in self._of("activation")}
        wanted = tuple(self._wanted(activations))
        used = {name for one in wanted for name in assets_of(one)}
        states = dict(activations)
        for one in self._client.declarations.values():
            if one.identifier not in states:
                is_active = one in wanted or one.identifier in used
                states[one.identifier] = self._state(one, is_active)
        return Evaluation(wanted, states)

    def _of(self, kind: str) -> Iterator[Declaration]:
        return self._client.of_kind(kind)

    def _refusal(self, declaration: Declaration) -> Reason | None:
        ordered = self._situation.ordered
        for name in (declaration.identifier, declaration.declaration_type):
            if name in ordered:
                return ordered[name]
        return refusal_of(declaration, self._situation.device)

    def _properties(self) -> dict[str, object]:
        return {
            key: value
            for one in self._of("management")
            if one.declaration_type == PROPERTIES and one.identifier not in self._refusals
            for key, value in one.payload.items()
        }

    def _activation(self, activation: Declaration) -> State:
        refusal = self._refusals.get(activation.identifier) or self._missing(activation)
        if refusal is not None:
            return State(active=False, validity=Validity.INVALID, reasons=(refusal,))
        text = activation.payload.get("Predicate")
        try:
            holds = text is None or parse(text)(self._values)
        except (NotUnderstood, NotEvaluable) as error:
            code = NOT_PARSED if isinstance(error, NotUnderstood) else NOT_EVALUATED
            reason = Reason(code, str(error))
            return State(active=False, validity=Validity.INVALID, reasons=(reason,))
        if not holds:
            return State(False, Validity.VALID, (Reason(PREDICATE, "the predicate is false"),))
        return State(active=True, validity=Validity.VALID)

    def _missing(self, activation: Declaration) -> Reason | None:
        names = activation.payload[_LISTED]
        missing = [name for name in names if self._configuration(name) is None]
        if missing:
            details = {"ConfigurationIdentifiers": missing}
            return Reason(MISSING_CONFIGURATIONS, "configurations are missing", details)
        found = [one for name in names if (one := self._configuration(name)) is not None]
        return next((reason for one in found if (reason := self._missing_assets(one))), None)

    def _missing_assets(self, configuration: Declaration) -> Reason | None:
        references = references_in(configuration.declaration_type, configuration.payload)
        missing = [one.identifier for one in references if not self._is(one.identifier, one.types)]
        if not missing:
            return None
        return Reason(MISSING_ASSETS, "assets are missing", {"AssetIdentifiers": missing})

    def _is(self, identifier: str, types: frozenset[str]) -> bool:
        found = self._client.declarations.get(identifier)
        is_right = found is not None and found.declaration_type in types
        return is_right and identifier not in self._refusals

    def _configuration(self, identifier: str) -> Declaration | None:
        found = self._client.declarations.get(identifier)
        return found if found is not None and found.kind == "configuration" else None

    def _wanted(self, activations: Mapping[str, State]) -> Iterator[Declaration]:
        named = self._named(identifier for identifier, one in activations.items() if one.active)
        for one in self._of("configuration"):
            if one.identifier in named and one.identifier not in self._refusals:
                yield one

    def _named(self, activations: Iterator[str]) -> set[str]:
        lists = (self._client.declarations[name].payload.get(_LISTED) for name in activations)
        return {name for listed in lists if isinstance(listed, list) for name in listed}

    def _state(self, declaration: Declaration, is_active: bool) -> State:
        refusal = self._refusals.get(declaration.identifier)
        if refusal is None and declaration.kind == "configuration":
            refusal = self._missing_assets(declaration)
        if refusal is not None:
            return State(active=False, validity=Validity.INVALID, reasons=(refusal,))
        if is_active:
            return State(active=True, validity=Validity.VALID)
        return self._idle(declaration)

    def _idle(self, declaration: Declaration) -> State:
        """State why a valid declaration is not in force, if there is anything to say."""
        everybody = self._client.declarations.values()
        if declaration.kind == "asset":
            is_named = any(declaration.identifier in assets_of(one) for one in everybody)
            code = NO_CONFIGURATION
        elif declaration.kind == "configuration":
            all_activations = (one.identifier for one in self._of("activation"))
            is_named = declaration.identifier in self._named(all_activations)
            code = NO_ACTIVATION
        else:
            return _VALID
        return _VALID if is_named else State(False, Validity.VALID, (Reason(code, "unused"),))
