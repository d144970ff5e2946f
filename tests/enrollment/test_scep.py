"""What surrounds SCEP messages: operations, capabilities, content types, the GET form."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment.scep import (
    CA_CERTIFICATE_TYPE,
    CAPABILITIES_TYPE,
    PKI_MESSAGE_TYPE,
    Operation,
    ca_certificate,
    capabilities,
    decode_get_message,
    read_operation,
)
from enrollment.scep_certificates import der_of
from enrollment.scep_errors import MalformedScep, UnknownOperation
from enrollment.scep_messages import MAX_MESSAGE_BYTES
from tests.factories import scep


@pytest.mark.parametrize("operation", list(Operation))
def test_an_operation_is_known_by_its_exact_name(operation: Operation) -> None:
    assert read_operation(operation.value) is operation


@pytest.mark.parametrize("text", [None, "", "pkioperation", "GetCACaps ", "GetNextCACert"])
def test_any_other_operation_is_unknown(text: str | None) -> None:
    with pytest.raises(UnknownOperation):
        read_operation(text)


def test_old_clients_are_offered_old_algorithms_only_where_allowed() -> None:
    assert capabilities(allow_legacy=True) == (
        b"AES\nDES3\nSHA-1\nSHA-256\nSHA-512\nPOSTPKIOperation\nRenewal\nSCEPStandard\n"
    )
    assert capabilities(allow_legacy=False) == (
        b"AES\nSHA-256\nSHA-512\nPOSTPKIOperation\nRenewal\nSCEPStandard\n"
    )


def test_the_authority_is_shown_as_one_plain_certificate() -> None:
    certificate = scep.authority().certificate

    content_type, body = ca_certificate(certificate)

    assert content_type == "application/x-x509-ca-cert"
    assert body == der_of(certificate)


@pytest.mark.parametrize("content_type", [CAPABILITIES_TYPE, CA_CERTIFICATE_TYPE, PKI_MESSAGE_TYPE])
def test_content_types_have_no_parameters(content_type: str) -> None:
    assert ";" not in content_type
    assert content_type == content_type.strip().lower()


_WITH_PLUS_AND_SLASH = bytes([0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF, 0x01])


@pytest.mark.parametrize(
    "value",
    [
        "++++////AQ==",
        "----____AQ==",
        "    ////AQ==",
        "++++////AQ",
        "++++//\r\n//AQ==\r\n",
        "\t++++\n////AQ==",
    ],
)
def test_a_message_in_the_query_is_read_in_all_forms_that_clients_send(value: str) -> None:
    assert decode_get_message(value) == _WITH_PLUS_AND_SLASH


@given(st.binary(min_size=1, max_size=300))
@settings(max_examples=60)
def test_a_message_survives_lost_plus_signs_and_padding(message: bytes) -> None:
    value = base64.b64encode(message).decode().replace("+", " ").rstrip("=")

    assert decode_get_message(value) == message


@pytest.mark.parametrize("value", ["", "====", "A", "%%%%", "ÄÖÜ=", "AA=A", "\ud800AAA"])
def test_a_message_that_is_no_base64_is_malformed(value: str) -> None:
    with pytest.raises(MalformedScep):
        decode_get_message(value)


def test_a_message_in_the_query_may_be_64_kilobytes_and_no_more() -> None:
    fits = base64.b64encode(bytes(MAX_MESSAGE_BYTES)).decode()
    too_long = base64.b64encode(bytes(MAX_MESSAGE_BYTES + 1)).decode()

    assert len(decode_get_message(fits)) == MAX_MESSAGE_BYTES
    for value in (too_long, "A" * 2_000_000):
        with pytest.raises(MalformedScep, match="too long"):
            decode_get_message(value)
