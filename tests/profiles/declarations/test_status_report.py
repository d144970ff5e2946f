"""Reading what a device reports."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.declarations.reasons import Reason
from profiles.declarations.status_report import Entry, ItemError, read_status_report
from profiles.errors import MalformedMessage
from tests.profiles.declarations.samples import report


def test_nested_items_become_flat_paths() -> None:
    read = report(
        {"device": {"operating-system": {"version": "18.1"}, "model": {"family": "iPad"}}}
    )

    assert read.values == {"device.operating-system.version": "18.1", "device.model.family": "iPad"}


def test_elements_with_identifiers_become_entries() -> None:
    app = {"identifier": "com.example.app", "state": "managed"}

    read = report({"mdm": {"app": [app, {"identifier": "com.example.old", "_removed": True}]}})

    assert read.entries == {
        "mdm.app": [Entry("com.example.app", app), Entry("com.example.old", {}, removed=True)]
    }


def test_a_list_without_identifiers_stays_a_value() -> None:
    read = report({"softwareupdate": {"install-reason": {"reason": ["declaration", "mdm"]}}})

    assert read.values == {"softwareupdate.install-reason.reason": ["declaration", "mdm"]}


def test_a_list_of_which_one_element_has_no_identifier_stays_a_value() -> None:
    read = report({"future": {"list": [{"identifier": "a"}, {"name": "b"}]}})

    assert read.values == {"future.list": [{"identifier": "a"}, {"name": "b"}]}


@pytest.mark.parametrize("first", [1, [{"identifier": "p"}]])
@pytest.mark.parametrize("last", [2, [{"identifier": "q"}]])
def test_a_path_that_comes_twice_means_what_came_last(first: object, last: object) -> None:
    twice = report({"a": {"b": first}, "a.b": last})

    once = report({"a": {"b": last}})
    assert (twice.values, twice.entries) == (once.values, once.entries)


def test_unknown_items_are_kept() -> None:
    read = report({"future": {"thing": {"deep": 1}}})

    assert read.values == {"future.thing.deep": 1}


@pytest.mark.parametrize(
    ("code", "description", "details"),
    [("Code", "Description", "Details"), ("code", "description", "details")],
)
def test_reasons_of_errors_are_read_in_both_spellings(
    code: str, description: str, details: str
) -> None:
    reason = {code: "Error.X", description: "text", details: {"a": 1}}

    read = report({}, errors=[{"StatusItem": "device.x", "Reasons": [reason]}])

    assert read.errors == (ItemError("device.x", (Reason("Error.X", "text", {"a": 1}),)),)


def test_an_error_without_reasons_is_kept() -> None:
    assert report({}, errors=[{"StatusItem": "a.b"}, 7]).errors == (
        ItemError("a.b", ()),
        ItemError("", ()),
    )


@pytest.mark.parametrize("full", [True, False])
def test_the_flag_of_a_full_report_is_read(full: bool) -> None:
    assert report({}, full=full).full is full


def test_a_report_without_the_flag_is_not_full() -> None:
    assert not report({}).full


def test_a_report_may_lack_its_parts() -> None:
    read = read_status_report(b"{}")

    assert (read.values, read.entries, read.errors) == ({}, {}, ())


@pytest.mark.parametrize(
    ("key", "value"),
    [("StatusItems", []), ("StatusItems", "x"), ("Errors", {}), ("FullReport", "true")],
)
def test_parts_of_the_wrong_kind_are_refused(key: str, value: object) -> None:
    with pytest.raises(MalformedMessage) as refusal:
        read_status_report(json.dumps({key: value}).encode())

    assert refusal.value.field == key


def test_a_body_that_is_no_report_is_refused() -> None:
    with pytest.raises(MalformedMessage) as refusal:
        read_status_report(b"<plist/>")

    assert refusal.value.field == "StatusReport"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["identifier", "_removed", "a", "b.c", ""]), inner)
    ),
    max_leaves=12,
)


@given(JSON, JSON)
@settings(max_examples=80)
def test_any_json_is_read_or_refused(items: object, errors: object) -> None:
    body = json.dumps({"StatusItems": items, "Errors": errors}).encode()

    try:
        read = read_status_report(body)
    except MalformedMessage:
        return

    assert not read.values.keys() & read.entries.keys()
