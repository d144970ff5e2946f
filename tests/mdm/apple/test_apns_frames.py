from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.apple.apns_frames import FrameSplitter, GoAway
from mdm.apple.errors import ConnectionBroken


def frame(kind: int, payload: bytes, stream_id: int = 0) -> bytes:
    return (
        len(payload).to_bytes(3, "big") + bytes([kind, 0]) + stream_id.to_bytes(4, "big") + payload
    )


def goaway(last: int, debug: bytes = b"") -> bytes:
    return frame(7, last.to_bytes(4, "big") + (0).to_bytes(4, "big") + debug)


def test_a_goaway_is_taken_out_and_its_neighbours_pass() -> None:
    before, after = frame(4, b"settings"), frame(1, b"headers", 5)

    parts = list(FrameSplitter().feed(before + goaway(3, b"why") + after))

    assert parts == [before, GoAway(3, 0, b"why"), after]


def test_an_incomplete_frame_waits_for_its_rest() -> None:
    splitter = FrameSplitter()

    first = list(splitter.feed(goaway(9)[:12]))
    second = list(splitter.feed(goaway(9)[12:]))

    assert (first, second) == ([], [GoAway(9, 0, b"")])


def test_the_reserved_bit_of_the_stream_number_is_ignored() -> None:
    assert list(FrameSplitter().feed(goaway(0x8000_0005))) == [GoAway(5, 0, b"")]


def test_a_goaway_too_short_to_be_one_is_left_to_h2() -> None:
    short = frame(7, b"1234")

    assert list(FrameSplitter().feed(short)) == [short]


def test_a_frame_larger_than_we_allow_is_not_waited_for() -> None:
    oversized = (1 << 20).to_bytes(3, "big") + bytes(6) + b"begin"

    with pytest.raises(ConnectionBroken):
        list(FrameSplitter().feed(oversized))


FRAMES = st.lists(
    st.one_of(
        st.builds(goaway, st.integers(0, 2**31 - 1), st.binary(max_size=20)),
        st.builds(frame, st.sampled_from([0, 1, 3, 4, 6, 8]), st.binary(max_size=40)),
    ),
    max_size=12,
)


@given(FRAMES, st.data())
def test_however_the_bytes_arrive_the_same_comes_out(
    frames: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    splitter = FrameSplitter()
    parts = [part for piece in pieces for part in splitter.feed(piece)]

    others = b"".join(part for part in parts if isinstance(part, bytes))
    assert others == b"".join(f for f in frames if f[3] != 7)
    assert len([part for part in parts if isinstance(part, GoAway)]) == len(
        [f for f in frames if f[3] == 7]
    )
