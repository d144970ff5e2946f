"""The closed vocabularies of SCEP: what messages are, and why requests fail.

Not here: ciphers and digests (`profiles.cms`), the messages (`scep_attributes`, `scep_messages`).

source: RFC 8894 §3.2.1.
"""

from enum import StrEnum


class MessageType(StrEnum):
    """What a message is. The value is text on the wire, never an INTEGER."""

    CERT_REP = "3"
    RENEWAL_REQ = "17"
    UPDATE_REQ = "18"
    PKCS_REQ = "19"
    CERT_POLL = "20"
    GET_CERT = "21"
    GET_CRL = "22"


ENROLLING = frozenset({MessageType.PKCS_REQ, MessageType.RENEWAL_REQ, MessageType.UPDATE_REQ})


class PkiStatus(StrEnum):
    """How a request ended. PENDING is understood and never sent."""

    SUCCESS = "0"
    FAILURE = "2"
    PENDING = "3"


class FailInfo(StrEnum):
    """Why a request failed, in the five words that the protocol has."""

    BAD_ALG = "0"
    BAD_MESSAGE_CHECK = "1"
    BAD_REQUEST = "2"
    BAD_TIME = "3"
    BAD_CERT_ID = "4"
