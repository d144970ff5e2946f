"""A zip archive of tables: read in memory within limits, never unpacked to a disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.limits import Limits, check_size

_TABLES = (".csv", ".dat", ".txt")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 0x1
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError)


def is_archive(data: bytes) -> bool:
    return data.startswith(b"PK")


def read_archive(data: bytes, limits: Limits) -> dict[str, bytes]:
    """The tables of an archive: file name in lower case, without folders → content.

    raises: UnreadableRoster (TOO_LARGE, NOT_AN_ARCHIVE, ARCHIVE_TOO_LARGE, ENCRYPTED).
    """
    check_size(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _contents(archive, limits)
    except UnreadableRoster:
        raise
    except _BROKEN as error:
        raise UnreadableRoster(Unreadable.NOT_AN_ARCHIVE) from error


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """An archive of these files; equal files make equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _contents(archive: zipfile.ZipFile, limits: Limits) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > limits.archive_files:
        detail = str(limits.archive_files)
        raise UnreadableRoster(Unreadable.ARCHIVE_TOO_LARGE, detail=detail)
    contents: dict[str, bytes] = {}
    left = limits.archive_bytes
    for entry in entries:
        name = entry.filename.replace("\\", "/").rpartition("/")[2].lower()
        if not name.endswith(_TABLES) or "__MACOSX" in entry.filename:
            continue
        if name in contents:
            raise UnreadableRoster(Unreadable.DUPLICATE_FILE, name)
        contents[name] = _content(archive, entry, name, left, limits)
        left -= len(contents[name])
    return contents


def _content(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, left: int, limits: Limits
) -> bytes:
    """Read one byte more than allowed at most: the size an archive claims may be a lie."""
    if entry.flag_bits & _ENCRYPTED:
        raise UnreadableRoster(Unreadable.ENCRYPTED, name)
    with archive.open(entry) as file:
        content = file.read(left + 1)
    if len(content) > left:
        detail = str(limits.archive_bytes)
        raise UnreadableRoster(Unreadable.ARCHIVE_TOO_LARGE, name, detail=detail)
    return content
