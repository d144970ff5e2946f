"""Error chains, and what their codes mean."""

from typing import Any

import pytest

from profiles.commands.error_chain import (
    LONGEST_CHAIN,
    ErrorChainItem,
    explain,
    explain_chain,
    is_done_already,
    read_error_chain,
)
from profiles.commands.error_codes import ERROR_KINDS, INSTALLATION, MDM, SCEP, ErrorCategory


@pytest.mark.parametrize("value", [None, "broken", 5, {}, [], [1, "x"]])
def test_a_chain_that_cannot_be_read_is_empty(value: Any) -> None:
    assert read_error_chain(value) == ()


def test_a_link_with_strange_values_keeps_the_others() -> None:
    chain = read_error_chain([{"ErrorDomain": 5, "ErrorCode": True, "USEnglishDescription": "x"}])

    assert chain == (ErrorChainItem(None, None, None, "x"),)


def test_a_chain_without_end_is_cut() -> None:
    assert len(read_error_chain([{"ErrorCode": 1}] * 1000)) == LONGEST_CHAIN


@pytest.mark.parametrize(
    ("domain", "code", "category"),
    [
        (MDM, 12026, ErrorCategory.TEMPORARY),
        (MDM, 12047, ErrorCategory.TEMPORARY),
        (MDM, 12064, ErrorCategory.TEMPORARY),
        (MDM, 12025, ErrorCategory.ALREADY_DONE),
        (MDM, 12007, ErrorCategory.NEEDS_RIGHT),
        (MDM, 12008, ErrorCategory.SERVER_FAULT),
        (MDM, 12021, ErrorCategory.NOT_SUPPORTED),
        (MDM, 12055, ErrorCategory.TEMPORARY),
        (MDM, 12063, ErrorCategory.USER_DECLINED),
        (MDM, 12078, ErrorCategory.WRONG_STATE),
        (INSTALLATION, 4009, ErrorCategory.LOCKED),
        (INSTALLATION, 4025, ErrorCategory.NEEDS_SUPERVISION),
        (SCEP, 22005, ErrorCategory.TEMPORARY),
    ],
)
def test_a_known_code_has_its_category(domain: str, code: int, category: ErrorCategory) -> None:
    kind = explain(domain, code)

    assert kind is not None
    assert kind.category is category


@pytest.mark.parametrize(
    ("domain", "code"), [(MDM, 1), ("Nobody", 12021), (None, 12021), (MDM, None)]
)
def test_an_unknown_code_has_no_meaning(domain: str | None, code: int | None) -> None:
    assert explain(domain, code) is None


def test_the_innermost_known_link_explains_the_chain() -> None:
    chain = (
        ErrorChainItem(INSTALLATION, 4001),
        ErrorChainItem(SCEP, 22005),
        ErrorChainItem("NSURLErrorDomain", -1009),
    )

    kind = explain_chain(chain)

    assert kind is not None
    assert kind.category is ErrorCategory.TEMPORARY


def test_a_chain_of_strangers_is_not_explained() -> None:
    assert explain_chain((ErrorChainItem("NSURLErrorDomain", -1009),)) is None


@pytest.mark.parametrize(
    ("request_type", "code", "is_done"),
    [
        ("RemoveProfile", 12075, True),
        ("InstallApplication", 12025, True),
        ("DisableLostMode", 12067, True),
        ("DeviceLocation", 12067, False),
        ("DeleteUser", 12071, True),
        ("RemoveProfile", 12013, False),
        ("InstallProfile", 12075, False),
    ],
)
def test_some_failures_only_say_that_it_is_so_already(
    request_type: str, code: int, is_done: bool
) -> None:
    assert is_done_already(request_type, (ErrorChainItem(MDM, code),)) is is_done


def test_every_code_of_the_table_has_words() -> None:
    assert all(len(kind.meaning) > 5 for kind in ERROR_KINDS.values())
