"""Apple's schema of declarations, read for tests: the files, and each key by its path."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.profiles.apple_yaml import load

SCHEMA = Path(__file__).parents[4] / "shared" / "apple-schema" / "declarative"

_ANCHOR = re.compile(r"( *)subkeys: &(\w+)")
_ALIAS = re.compile(r"( *)subkeys: \*(\w+)")


@cache
def documents() -> dict[str, Any]:
    """Type of declaration → its file, for those that iPads have."""
    folders = ("activations", "assets", "configurations", "management")
    paths = [p for f in folders for p in (SCHEMA / "declarations" / f).glob("*.yaml")]
    found = {document["payload"]["declarationtype"]: document for document in map(_read, paths)}
    return {name: each for name, each in found.items() if on_ipad(each["payload"])}


@cache
def status_items() -> dict[str, Any]:
    """Name of a status item → its file, for those that iPads have."""
    found = {path.stem: load(path) for path in (SCHEMA / "status").glob("*.yaml")}
    del found["statusreason"]
    return {name: each for name, each in found.items() if on_ipad(each["payload"])}


def on_ipad(entry: Mapping[str, Any]) -> bool:
    """Whether iPads have it; keys that do not say so have it where their parent has it."""
    return of_ipad(entry).get("introduced") != "n/a"


def of_ipad(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an entry says about iPads."""
    found: Mapping[str, Any] = entry.get("supportedOS", {}).get("iOS", {})
    return found


def keys_of(declaration_type: str) -> dict[str, Mapping[str, Any]]:
    """Path → entry; `[]` for elements, `*` for any key."""
    return dict(_walk("", documents()[declaration_type].get("payloadkeys", [])))


def _walk(path: str, entries: list[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in entries:
        if not isinstance(entry, Mapping) or not on_ipad(entry):
            continue
        own = path + ("*" if entry["key"] == "ANY" else entry["key"])
        yield own, entry
        yield from _inside(own, entry)


def _inside(path: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    subkeys = entry.get("subkeys")
    if not isinstance(subkeys, list):
        return
    if entry["type"] == "<array>":
        yield f"{path}[]", subkeys[0]
        yield from _inside(f"{path}[]", subkeys[0])
    else:
        yield from _walk(f"{path}.", subkeys)


def _read(path: Path) -> Any:
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as whole:
        # Twice, as a shape may name another one.
        whole.write(_spelled_out(_spelled_out(path.read_text(encoding="utf-8"))))
        whole.flush()
        return load(Path(whole.name))


def _spelled_out(text: str) -> str:
    """Write in the place of every alias what it stands for."""
    lines = text.splitlines()
    shapes = {
        found[2]: _block(lines[number + 1 :], len(found[1]))
        for number, line in enumerate(lines)
        if (found := _ANCHOR.fullmatch(line))
    }
    return "\n".join(part for line in lines for part in _replaced(line, shapes))


def _replaced(line: str, shapes: Mapping[str, list[str]]) -> list[str]:
    found = _ALIAS.fullmatch(line)
    if found is None:
        return [line]
    return [f"{found[1]}subkeys:", *(found[1] + inner for inner in shapes[found[2]])]


def _block(lines: list[str], indent: int) -> list[str]:
    found = []
    for line in lines:
        own = len(line) - len(line.lstrip(" "))
        if line.strip() and own <= indent and not line[indent:].startswith("- "):
            break
        found.append(line[indent:])
    return found
