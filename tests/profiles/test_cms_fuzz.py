"""Our reader of signed messages against asn1crypto as a second opinion.

Law: what we accept, the other reads alike; what we refuse, we refuse with CmsError.
"""

import random
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms

from profiles import cms
from profiles.cms import SignatureForm
from profiles.errors import CmsError
from tests.profiles.cms_samples import BODY, ec_certificate, ec_key, rsa_certificate, rsa_key


def _samples() -> list[bytes]:
    rsa = [cms.sign_detached(BODY, rsa_certificate(), rsa_key(), form) for form in SignatureForm]
    return [
        *rsa,
        cms.sign_detached(BODY, ec_certificate(), ec_key(), SignatureForm.SHA256_BER),
        cms.sign_attached(BODY, ec_certificate(), ec_key()),
        cms.sign_attached(BODY, rsa_certificate(), rsa_key(), form=SignatureForm.APPLE_LEGACY),
    ]


def _second_opinion(raw: bytes) -> dict[str, Any]:
    signed = asn1_cms.ContentInfo.load(raw, strict=True)["content"]
    (info,) = signed["signer_infos"]
    content = signed["encap_content_info"]["content"]
    return {
        "content": content.native,
        "certificates": tuple(one.chosen.dump() for one in signed["certificates"]),
        "digest": info["digest_algorithm"]["algorithm"].native,
        "name": info["sid"].chosen["issuer"].dump() + info["sid"].chosen["serial_number"].dump(),
        "signature": info["signature"].native,
        "attributes": {
            attribute["type"].contents: attribute["values"].contents
            for attribute in info["signed_attrs"] or []
        },
    }


def _ours(raw: bytes) -> dict[str, Any]:
    signed = cms.read_signed(raw)
    return {
        "content": signed.content,
        "certificates": signed.certificates,
        "digest": signed.digest.value,
        "name": signed.signer.issuer_and_serial,
        "signature": signed.signature,
        "attributes": dict(signed.attributes),
    }


@pytest.mark.parametrize("raw", _samples())
def test_good_messages_are_read_as_another_library_reads_them(raw: bytes) -> None:
    assert _ours(raw) == _second_opinion(raw)


def test_mutated_messages_are_refused_or_read_alike() -> None:
    chance = random.Random(32)
    samples = _samples()
    accepted = 0

    for _ in range(3000):
        raw = _mutated(chance, chance.choice(samples))
        try:
            ours = _ours(raw)
        except CmsError:
            continue
        accepted += 1
        assert ours == _second_opinion(raw)

    assert accepted > 300


def test_no_mutated_message_proves_the_body_under_the_pinned_certificate() -> None:
    chance = random.Random(25)
    samples = _samples()[:4]
    originals = {cms.read_signed(raw).fingerprint for raw in samples}
    compared = {_proof(raw) for raw in samples}

    for _ in range(1500):
        raw = _mutated(chance, chance.choice(samples))
        try:
            signed = cms.read_signed(raw)
            if signed.fingerprint not in originals:
                continue
            cms.verify_detached(signed, BODY)
        except CmsError:
            continue
        assert _proof(raw) in compared


def _proof(raw: bytes) -> tuple[bytes, bytes]:
    signed = cms.read_signed(raw)
    return signed.fingerprint, signed.signature


def _mutated(chance: random.Random, raw: bytes) -> bytes:
    mutated = bytearray(raw)
    at = chance.randrange(len(mutated))
    match chance.randrange(5):
        case 0:
            mutated[at] ^= 1 << chance.randrange(8)
        case 1:
            del mutated[at : at + chance.randint(1, 8)]
        case 2:
            mutated[at:at] = chance.choice(_FRAGMENTS)
        case 3:
            mutated[at] = chance.randrange(256)
        case _:
            mutated[chance.randrange(min(80, len(mutated)))] = chance.randrange(256)
    return bytes(mutated)


_FRAGMENTS = [b"\x30\x80", b"\x00\x00", b"\x31\x00", b"\xa0\x80", b"\x24\x80", b"\x05\x00"]
