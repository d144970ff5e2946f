"""Reading XML property lists from strangers.

Here: the strict way from bytes to Python values, with every limit. One exception for all faults.
Not here: writing (plist_writer), what a key must hold (the accessors in plist).

Two gates. First one regular expression admits nothing but the property list's own few tags,
without attributes, CDATA, processing instructions or a document type with content. It runs in
one pass without backtracking, and keeps foreign names away from libxml2, which would remember
each of them for the life of the thread. Then lxml checks nesting, characters and entities.
"""

import re
from collections.abc import Callable
from datetime import datetime
from math import isfinite
from typing import TypeAlias

from lxml import etree

from profiles import base64_text
from profiles.errors import MalformedPlist

PlistValue: TypeAlias = (
    "str | int | float | bool | bytes | datetime | list[PlistValue] | dict[str, PlistValue]"
)

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_KEY_LENGTH = 4096
# Two tags for most elements: an app list of 1,000 apps has about 70,000.
MAX_TAGS = 300_000

_COMMENT = re.compile(rb"<!--(?:[^-]|-[^-])*+-->")
_PROLOG = re.compile(
    rb"""(?:\xef\xbb\xbf)?+
    (?:<\?xml\s++version\s*+=\s*+(?:"1\.0"|'1\.0')
      (?:\s++encoding\s*+=\s*+(?:"utf-8"|'utf-8'))?+
      (?:\s++standalone\s*+=\s*+(?:"(?:yes|no)"|'(?:yes|no)'))?+\s*+\?>)?+\s*+
    (?:<!DOCTYPE\s++plist(?:\s++(?:PUBLIC\s++"[^"<>]*+"|SYSTEM)\s++"[^"<>]*+")?+\s*+>\s*+)?+
    (?=<plist(?:\s++version\s*+=\s*+(?:"1\.0"|'1\.0'))?+\s*+(>))""",
    re.VERBOSE | re.IGNORECASE,
)
_BODY = re.compile(
    rb"""\s*+
    (?:<(?:key>[^<]*+</key>|string>[^<]*+</string>|integer>[^<]*+</integer>
        |/?+(?:dict|array)>|(?:true|false)(?:\s*+/>|></(?:true|false)>)
        |data>[^<]*+</data>|date>[^<]*+</date>|real>[^<]*+</real>
        |(?:string|data|dict|array)\s*+/>)\s*+)*+
    </plist>\s*+\Z""",
    re.VERBOSE,
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_REAL = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

_PARSER = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    huge_tree=False,
    remove_blank_text=True,
    collect_ids=False,
)


def read_dict(body: bytes, *, max_bytes: int = MAX_BYTES) -> dict[str, PlistValue]:
    """Read an XML property list whose root is a dictionary.

    returns: dates are aware and in UTC; the order of keys is the body's.
    raises: MalformedPlist, for every fault and for nothing else.
    source: Apple, PropertyList-1.0.dtd; the limits are ours.
    """
    value = read_value(body, max_bytes=max_bytes)
    if not isinstance(value, dict):
        raise MalformedPlist("root is not a dictionary")
    return value


def read_value(body: bytes, *, max_bytes: int = MAX_BYTES) -> PlistValue:
    """Read an XML property list of any root, such as an opened `EncryptedPayloadContent`.

    raises: MalformedPlist.
    """
    try:
        root = etree.fromstring(_admitted(body, max_bytes), _PARSER)
    except etree.XMLSyntaxError as error:
        raise MalformedPlist("not well-formed") from error
    if len(root) != 1:
        raise MalformedPlist("not exactly one root value")
    return _value(root[0], 0)


def _admitted(body: bytes, max_bytes: int) -> bytes:
    """Return the `plist` element alone, once its tags are known to be harmless."""
    if len(body) > max_bytes:
        raise MalformedPlist("too large")
    if body.count(b"<") > MAX_TAGS:
        raise MalformedPlist("too many elements")
    if b"\0" in body:
        raise MalformedPlist("zero byte")
    if b"<!--" in body:
        body = _COMMENT.sub(b"", body)
    prolog = _PROLOG.match(body)
    if prolog is None:
        raise MalformedPlist("not an XML property list")
    if _BODY.match(body, prolog.end(1)) is None:
        raise MalformedPlist("foreign markup or truncated")
    return body[prolog.end() :]


def _value(element: etree._Element, depth: int) -> PlistValue:
    tag = element.tag
    if tag == "string":
        return element.text or ""
    if tag == "dict":
        return _dictionary(element, depth)
    if tag == "array":
        return _array(element, depth)
    convert = _LEAVES.get(tag)
    if convert is None:
        raise MalformedPlist("key without dictionary")
    return convert(element.text or "")


def _array(element: etree._Element, depth: int) -> list[PlistValue]:
    if depth >= MAX_DEPTH:
        raise MalformedPlist("too deep")
    return [_value(child, depth + 1) for child in element]


def _dictionary(element: etree._Element, depth: int) -> dict[str, PlistValue]:
    if depth >= MAX_DEPTH:
        raise MalformedPlist("too deep")
    found: dict[str, PlistValue] = {}
    children = iter(element)
    for child in children:
        key = _key(child)
        value = next(children, None)
        if value is None:
            raise MalformedPlist("key without value")
        if key in found:
            raise MalformedPlist("duplicate key")
        found[key] = _value(value, depth + 1)
    return found


def _key(element: etree._Element) -> str:
    if element.tag != "key":
        raise MalformedPlist("value without key")
    key = element.text or ""
    if len(key) > MAX_KEY_LENGTH:
        raise MalformedPlist("key too long")
    return key


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise MalformedPlist("bad integer")
    number = int(text)
    if not -(2**63) <= number < 2**64:
        raise MalformedPlist("integer beyond 64 bits")
    return number


def _real(text: str) -> float:
    if _REAL.fullmatch(text) is None or not isfinite(number := float(text)):
        raise MalformedPlist("bad real")
    return number


def _date(text: str) -> datetime:
    if _DATE.fullmatch(text) is None:
        raise MalformedPlist("bad date")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedPlist("bad date") from error


def _data(text: str) -> bytes:
    try:
        packed = text.encode("ascii").translate(None, b" \t\r\n")
        return base64_text.decode(packed)
    except ValueError as error:
        raise MalformedPlist("bad base64") from error


_LEAVES: dict[str, Callable[[str], PlistValue]] = {
    "integer": _integer,
    "real": _real,
    "true": lambda _: True,
    "false": lambda _: False,
    "date": _date,
    "data": _data,
}
