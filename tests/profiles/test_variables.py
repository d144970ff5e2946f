"""Variables in the texts of a profile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.errors import InvalidPayload
from profiles.variables import DeviceVariables, Variable, fill, find_unknown, literal, used_in

IPAD = DeviceVariables(
    serial="DMPTEST00001",
    udid="00008103-0000000000000001",
    device_name="Nord-7b-01",
    school="Beispielschule Nord",
    school_number="0123",
    class_name="7b",
)

TEXTS = st.text(alphabet=st.sampled_from("$ABSERIALCLASS_{}x0 "), max_size=20)
NESTED = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.binary(max_size=4), TEXTS.map(literal)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("variable", list(Variable))
def test_every_variable_of_the_list_can_be_filled(variable: Variable) -> None:
    filled = fill(f"a${variable.value}.", IPAD)

    assert filled == f"a{IPAD.value_of(variable)}."


def test_variables_are_filled_at_any_depth() -> None:
    content = {"a": [{"b": "$SERIAL"}], "c": "$SCHOOL_NUMBER/$CLASS"}

    filled = fill(content, IPAD)

    assert filled == {"a": [{"b": "DMPTEST00001"}], "c": "0123/7b"}


def test_braces_end_a_name_before_an_underscore() -> None:
    assert fill("${CLASS}_${SERIAL}", IPAD) == "7b_DMPTEST00001"


def test_two_dollar_signs_stand_for_one() -> None:
    assert fill("$$SERIAL costs 5 $$", IPAD) == "$SERIAL costs 5 $"


def test_a_dollar_sign_before_anything_else_stands_for_itself() -> None:
    assert fill("5$ 5$x ${x} $1 $", IPAD) == "5$ 5$x ${x} $1 $"


def test_keys_are_never_filled() -> None:
    assert fill({"$SERIAL": "x"}, IPAD) == {"$SERIAL": "x"}


@pytest.mark.parametrize("key", ["PayloadIdentifier", "PayloadUUID", "PayloadType"])
def test_what_identifies_a_payload_is_never_filled(key: str) -> None:
    assert fill({key: "$SERIAL"}, IPAD) == {key: "$SERIAL"}


def test_bytes_numbers_and_booleans_stay_as_they_are() -> None:
    content = {"data": b"$SERIAL", "number": 5, "switch": True, "real": 2.0}

    assert fill(content, IPAD) == content


def test_a_value_that_looks_like_a_variable_is_not_filled_again() -> None:
    sly = DeviceVariables(device_name="$SERIAL", serial="DMPTEST00001")

    assert fill("$DEVICE_NAME", sly) == "$SERIAL"


def test_the_template_is_not_changed() -> None:
    template = {"list": ["$SERIAL"]}

    fill(template, IPAD)

    assert template == {"list": ["$SERIAL"]}


def test_unknown_variables_are_named_once_and_in_order() -> None:
    content = {"a": "$SERIALNUMBER $SERIAL", "b": ["${EMAIL}", "$SERIALNUMBER"]}

    assert find_unknown(content) == ["$SERIALNUMBER", "$EMAIL"]


def test_an_escaped_variable_is_not_unknown() -> None:
    assert find_unknown("pa$$WORD") == []


def test_filling_an_unknown_variable_is_refused() -> None:
    with pytest.raises(InvalidPayload) as refused:
        fill("$PASSWORD", IPAD)

    assert refused.value.field == "$PASSWORD"
    assert "$SERIAL" in refused.value.next_step


def test_a_variable_without_a_value_for_the_device_is_refused() -> None:
    with pytest.raises(InvalidPayload) as refused:
        fill("$CLASS", DeviceVariables(serial="DMPTEST00001"))

    assert refused.value.field == "$CLASS"


def test_the_variables_in_use_are_known_before_delivery() -> None:
    assert used_in({"a": ["$SERIAL"], "b": "$$CLASS ${SCHOOL}"}) == {
        Variable.SERIAL,
        Variable.SCHOOL,
    }


@given(TEXTS)
def test_a_literal_text_survives_filling(text: str) -> None:
    assert find_unknown(literal(text)) == []
    assert fill(literal(text), IPAD) == text


@given(TEXTS)
def test_what_has_no_unknown_variable_can_be_filled(text: str) -> None:
    if not find_unknown(text):
        fill(text, IPAD)


@given(NESTED)
def test_filling_keeps_the_shape(value: object) -> None:
    filled = fill(value, IPAD)

    assert type(filled) is type(value)
    if isinstance(value, dict):
        assert filled.keys() == value.keys()
    if isinstance(value, list):
        assert len(filled) == len(value)
