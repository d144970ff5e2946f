"""What is known after one more report."""

from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.declarations.status_merge import ItemKey, Known, merge
from profiles.declarations.status_report import StatusReport
from tests.profiles.declarations.samples import report

VERSION = ItemKey("device.operating-system.version")
APP = ItemKey("mdm.app", "com.example.app")
REASON = ItemKey("softwareupdate.failure-reason.reason")
COUNT = ItemKey("softwareupdate.failure-reason.count")
PASSCODE = ItemKey("management.declarations.configurations", "cfg.passcode")
ROOT = ItemKey("management.declarations.assets", "asset.root")


def apps(*elements: object) -> StatusReport:
    return report({"mdm": {"app": list(elements)}})


def test_a_scalar_replaces_the_one_before() -> None:
    merged = merge({VERSION: "18.1"}, report({"device": {"operating-system": {"version": "18.2"}}}))

    assert merged.items == {VERSION: "18.2"}
    assert merged.changed == {VERSION}


def test_what_a_report_does_not_mention_stays() -> None:
    merged = merge({VERSION: "18.1"}, apps({"identifier": "com.example.app"}))

    assert merged.items[VERSION] == "18.1"
    assert merged.changed == {APP}


def test_an_equal_value_is_no_change() -> None:
    merged = merge({VERSION: "18.1"}, report({"device": {"operating-system": {"version": "18.1"}}}))

    assert merged.changed == frozenset()


def test_true_and_one_differ() -> None:
    key = ItemKey("passcode.is-present")

    assert merge({key: 1}, report({"passcode": {"is-present": True}})).changed == {key}


def test_the_order_of_keys_is_no_change() -> None:
    before = {APP: {"identifier": "com.example.app", "state": "managed"}}

    merged = merge(before, apps({"state": "managed", "identifier": "com.example.app"}))

    assert merged.changed == frozenset()


def test_an_element_replaces_the_whole_one_before() -> None:
    before = {APP: {"identifier": "com.example.app", "reasons": ["old"]}}

    merged = merge(before, apps({"identifier": "com.example.app"}))

    assert merged.items == {APP: {"identifier": "com.example.app"}}


def test_a_removed_element_goes_and_the_others_stay() -> None:
    other = ItemKey("mdm.app", "com.example.other")
    before = {APP: {"identifier": "com.example.app"}, other: {"identifier": "com.example.other"}}

    merged = merge(before, apps({"identifier": "com.example.app", "_removed": True}))

    assert merged.items.keys() == {other}
    assert merged.removed == {APP}


def test_an_empty_list_says_that_no_element_changed() -> None:
    before: Known = {APP: {"identifier": "com.example.app"}}

    assert merge(before, apps()).items == before


def test_a_list_without_identifiers_is_replaced() -> None:
    key = ItemKey("softwareupdate.install-reason.reason")
    nobody: list[str] = []

    merged = merge(
        {key: ["mdm"]}, report({"softwareupdate": {"install-reason": {"reason": nobody}}})
    )

    assert merged.items == {key: []}


def test_an_item_with_several_keys_is_replaced_as_a_whole() -> None:
    before: Known = {COUNT: 2, REASON: "no space"}

    merged = merge(before, report({"softwareupdate": {"failure-reason": {"count": 0}}}))

    assert merged.items == {COUNT: 0}
    assert merged.removed == {REASON}


def test_each_kind_of_declarations_is_complete_when_reported() -> None:
    before: Known = {PASSCODE: {"identifier": "cfg.passcode"}, ROOT: {"identifier": "asset.root"}}

    merged = merge(before, report({"management": {"declarations": {"configurations": []}}}))

    assert merged.items.keys() == {ROOT}
    assert merged.removed == {PASSCODE}


def test_a_declaration_that_is_no_longer_listed_is_gone() -> None:
    before: Known = {PASSCODE: {"identifier": "cfg.passcode"}}
    listed = {"management": {"declarations": {"configurations": [{"identifier": "cfg.new"}]}}}

    merged = merge(before, report(listed))

    assert merged.items.keys() == {ItemKey(PASSCODE.path, "cfg.new")}


def test_capabilities_are_replaced_as_a_whole() -> None:
    old = ItemKey("management.client-capabilities.supported-features.old", "")
    listed = {"management": {"client-capabilities": {"supported-versions": ["1.0.0"]}}}

    merged = merge({old: {}}, report(listed))

    assert merged.removed == {old}


def test_a_full_report_replaces_everything() -> None:
    before: Known = {VERSION: "18.1", APP: {"identifier": "com.example.app"}}

    merged = merge(before, report({"passcode": {"is-present": True}}, full=True))

    assert merged.items == {ItemKey("passcode.is-present"): True}
    assert merged.removed == before.keys()


def test_a_value_that_became_a_dictionary_leaves_no_remains() -> None:
    merged = merge({ItemKey("future.item"): 1}, report({"future": {"item": {"deep": 2}}}))

    assert merged.items == {ItemKey("future.item.deep"): 2}


def test_a_dictionary_that_became_a_value_leaves_no_remains() -> None:
    merged = merge({ItemKey("future.item.deep"): 1}, report({"future": {"item": 2}}))

    assert merged.items == {ItemKey("future.item"): 2}


def test_a_list_that_has_elements_at_last_is_no_longer_empty() -> None:
    merged = merge({ItemKey("mdm.app"): []}, apps({"identifier": "com.example.app"}))

    assert merged.items.keys() == {APP}
    assert merged.removed == {ItemKey("mdm.app")}


def test_what_was_known_is_not_changed_in_place() -> None:
    before: dict[ItemKey, object] = {VERSION: "18.1"}

    merge(before, report({}, full=True))  # type: ignore[arg-type]

    assert before == {VERSION: "18.1"}


VALUES = st.sampled_from([1, True, "x", [], ["y"], None])
ELEMENTS = st.lists(
    st.fixed_dictionaries(
        {"identifier": st.sampled_from(["p", "q"])},
        optional={"_removed": st.just(True), "state": st.sampled_from(["a", "b"])},
    ),
    max_size=3,
)
ITEMS = st.recursive(
    VALUES | ELEMENTS,
    lambda inner: st.dictionaries(
        st.sampled_from(["a", "b", "a.b", "management", "declarations", "assets", ""]), inner
    ),
    max_leaves=8,
)
REPORTS = st.builds(
    lambda items, full: report({"a": items, "management": {"declarations": items}}, full=full),
    ITEMS,
    st.booleans(),
)


@given(st.lists(REPORTS, max_size=3), REPORTS)
@settings(max_examples=150)
def test_a_repeated_report_changes_nothing(earlier: list[StatusReport], last: StatusReport) -> None:
    known: Known = {}
    for each in earlier:
        known = merge(known, each).items
    once = merge(known, last)

    twice = merge(once.items, last)

    assert twice.items == once.items
    assert (twice.changed, twice.removed) == (frozenset(), frozenset())


@given(st.lists(REPORTS, max_size=2), REPORTS)
@settings(max_examples=80)
def test_the_difference_leads_from_before_to_after(
    earlier: list[StatusReport], last: StatusReport
) -> None:
    known: Known = {}
    for each in earlier:
        known = merge(known, each).items

    merged = merge(known, last)

    stored = {key: value for key, value in known.items() if key not in merged.removed}
    stored |= {key: merged.items[key] for key in merged.changed}
    assert stored == merged.items
