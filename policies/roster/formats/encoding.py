"""Bytes to text: UTF-8 with or without its mark, UTF-16, Windows-1252 and with it ISO-8859-1."""

from __future__ import annotations

import codecs

from policies.roster.errors import Unreadable, UnreadableRoster

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")
_SAMPLE = 4096


def decode(data: bytes, file: str = "") -> str:
    """Read a text file of a German office.

    Windows-1252 is tried last: it takes nearly everything, and ISO-8859-1 is a part of it.
    raises: UnreadableRoster (NOT_TEXT, NUL_BYTE, EMPTY).
    """
    if data.startswith(_BINARY):
        raise UnreadableRoster(Unreadable.NOT_TEXT, file)
    text = _decoded(data, file)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableRoster(Unreadable.NUL_BYTE, file, line)
    if not text.strip():
        raise UnreadableRoster(Unreadable.EMPTY, file)
    return text


def _decoded(data: bytes, file: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], (encoding,), file)
    return _strictly(data, _guesses(data[:_SAMPLE]), file)


def _guesses(sample: bytes) -> tuple[str, ...]:
    """UTF-16 without its mark has a zero in every second byte of plain letters."""
    half = len(sample) // 2
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if sample[offset::2].count(0) * 2 > half > 0:
            return (encoding,)
    return ("utf-8", "cp1252")


def _strictly(data: bytes, encodings: tuple[str, ...], file: str) -> str:
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableRoster(Unreadable.NOT_TEXT, file)
