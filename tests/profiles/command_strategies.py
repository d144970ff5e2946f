"""Commands drawn by hypothesis from the catalogue's own descriptions."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from profiles.commands.catalogue import CATALOGUE
from profiles.commands.command import Command, build
from profiles.commands.parameters import (
    AtLeastOne,
    AtMostOne,
    ExactlyOne,
    Form,
    Kind,
    Needs,
    Parameter,
    RequiredUnless,
    Rule,
)
from profiles.commands.specification import CommandSpec

FORM_SAMPLES: Mapping[Form, str] = {
    Form.HTTPS_URL: "https://mdm.schule.example/app.plist?v=2",
    Form.BUNDLE_IDENTIFIER: "de.beispiel.mathe-3",
    Form.MAC_ADDRESS: "01:23:45:67:89:aB",
    Form.UUID: "6F0C0E1E-5A0C-4E2B-9B39-0E5B0B1C8A11",
    Form.TIME_ZONE: "Europe/Berlin",
}
# Blanks at the edges are left to the tests of property lists.
_WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), max_size=12)
_LARGEST_INTEGER = 2**31

specs = st.sampled_from(sorted(CATALOGUE.values(), key=lambda spec: spec.request_type))


@st.composite
def commands(draw: st.DrawFn) -> Command:
    """Any command of the catalogue, with valid parameters."""
    return draw(commands_of(draw(specs)))


@st.composite
def commands_of(draw: st.DrawFn, spec: CommandSpec) -> Command:
    """A command of one RequestType, with valid parameters."""
    return build(spec.request_type, draw(_dictionaries(spec.parameters, spec.rules)))


@st.composite
def _dictionaries(
    draw: st.DrawFn, parameters: tuple[Parameter, ...], rules: tuple[Rule, ...]
) -> dict[str, Any]:
    usable = {known.key: known for known in parameters if not known.is_mac_only}
    optional = [key for key, known in usable.items() if not known.required]
    chosen = set(draw(st.lists(st.sampled_from(optional), unique=True))) if optional else set()
    for rule in rules:
        draw(_obey(chosen, rule))
    return {
        key: draw(values(known)) for key, known in usable.items() if known.required or key in chosen
    }


@st.composite
def _obey(draw: st.DrawFn, chosen: set[str], rule: Rule) -> None:
    match rule:
        case ExactlyOne(keys) | AtMostOne(keys):
            chosen.difference_update(keys)
            chosen.add(draw(st.sampled_from(keys)))
        case AtLeastOne(keys):
            chosen.add(draw(st.sampled_from(keys)))
        case RequiredUnless(key, _):
            chosen.add(key)
        case Needs(key, needed):
            chosen.update({needed} if key in chosen else ())


def values(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Valid values of one parameter."""
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if parameter.form is not None:
        return st.just(FORM_SAMPLES[parameter.form])
    return _OF_KIND[parameter.kind](parameter)


def _texts(parameter: Parameter) -> st.SearchStrategy[Any]:
    return _WORDS.filter(lambda text: len(text) >= (parameter.at_least or 0))


def _integers(parameter: Parameter) -> st.SearchStrategy[Any]:
    largest = parameter.at_most or _LARGEST_INTEGER
    return st.integers(parameter.at_least or 0, largest)


def _blobs(parameter: Parameter) -> st.SearchStrategy[Any]:
    return st.binary(min_size=parameter.at_least or 0, max_size=parameter.at_most or 24)


def _arrays(parameter: Parameter) -> st.SearchStrategy[Any]:
    assert parameter.item is not None
    return st.lists(values(parameter.item), min_size=parameter.at_least or 0, max_size=3)


def _nested(parameter: Parameter) -> st.SearchStrategy[Any]:
    if parameter.is_open:
        return st.dictionaries(_WORDS, _WORDS | st.integers(0, 9) | st.booleans(), max_size=3)
    if parameter.variants:
        usable = [variant for variant in parameter.variants if not variant.is_mac_only]
        return st.sampled_from(usable).flatmap(_item)
    return _dictionaries(parameter.keys, parameter.rules)


def _item(variant: Parameter) -> st.SearchStrategy[Any]:
    return _dictionaries(variant.keys, variant.rules).map(
        lambda keys: {"Item": variant.key, **keys}
    )


_OF_KIND = {
    Kind.STRING: _texts,
    Kind.INTEGER: _integers,
    Kind.BOOLEAN: lambda _: st.booleans(),
    Kind.DATA: _blobs,
    Kind.ARRAY: _arrays,
    Kind.DICTIONARY: _nested,
}
