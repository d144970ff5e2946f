"""Looking for secrets in whatever was stored or said, in every form they may have taken.

Here: forms and places. Not here: which secrets there are (test_secrets.py).
"""

import base64
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import redis

from mdm.base.db import Database
from mdm.rooms.tables import load_all

# A part of a long secret gives it away as well as the whole, and survives line breaks.
_TELLING_BYTES = 24
_ZLIB_STARTS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


def leaks(secrets: Mapping[str, bytes], places: Iterable[tuple[str, bytes]]) -> list[str]:
    """Name every secret that stands anywhere, with where and in which form."""
    wanted = [(name, form, text) for name, raw in secrets.items() for form, text in _forms(raw)]
    return [
        f"{name} in {place} ({form})"
        for place, content in places
        for name, form, text in wanted
        if text in content
    ]


def rows(database: Database) -> Iterator[tuple[str, bytes]]:
    """Every value of every row, once more unpacked where it is compressed."""
    with database.reading() as tx:
        for table in load_all().metadata.sorted_tables:
            for row in tx.execute(table.select()).mappings():
                for column, value in row.items():
                    yield from _unpacked(f"{table.name}.{column}", _bytes(value))


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a folder as it lies there, pages that are free again included."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


def everything_in(connection: redis.Redis) -> Iterator[tuple[str, bytes]]:
    """Every key and value of a Redis."""
    for key in connection.scan_iter():
        yield f"Redis key {key!r}", key
        yield from _unpacked(f"Redis {key!r}", _redis_value(connection, key))


def _redis_value(connection: redis.Redis, key: bytes) -> bytes:
    readers: dict[bytes, Any] = {
        b"string": lambda: connection.get(key),
        b"hash": lambda: connection.hgetall(key),
        b"list": lambda: connection.lrange(key, 0, -1),
        b"set": lambda: connection.smembers(key),
        b"zset": lambda: connection.zrange(key, 0, -1),
        b"stream": lambda: connection.xrange(key),
    }
    return b"\n".join(_flat(readers.get(connection.type(key), lambda: None)()))


def _flat(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        yield from _flat(list(value.items()))
    elif isinstance(value, list | tuple | set):
        for part in value:
            yield from _flat(part)
    else:
        yield _bytes(value)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _unpacked(place: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield place, content
    for start in _ZLIB_STARTS:
        at = content.find(start)
        while at >= 0:
            inside = _inflated(content[at:])
            if inside:
                yield f"{place}, unpacked", inside
            at = content.find(start, at + 1)


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content)
    except zlib.error:
        return b""


def _forms(secret: bytes) -> Iterator[tuple[str, bytes]]:
    raw = secret[:_TELLING_BYTES]
    yield "clear", raw
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    for shift in range(3):
        # Whatever stands before it moves the groups of three; what neighbours touch is cut off.
        coded = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 :]
        inner = coded[: len(coded) // 4 * 4 - 4]
        yield f"base64, shifted by {shift}", inner
        yield f"URL-safe base64, shifted by {shift}", inner.translate(bytes.maketrans(b"+/", b"-_"))
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        return
    yield "UTF-16 LE", text.encode("utf-16-le")
    yield "UTF-16 BE", text.encode("utf-16-be")
