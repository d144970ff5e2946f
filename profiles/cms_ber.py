"""Reading and writing the few ASN.1 forms that CMS messages are made of.

Here: a cursor that walks BER once from front to back (definite and indefinite lengths), and a
writer of DER and of the indefinite form that devices send. Own code, because no library that we
have reads BER quickly: asn1crypto needs three to nine times as long per request.
Not here: what the elements mean (cms_signed, cms_signer).
"""

from profiles.errors import CmsError

MAX_DEPTH = 16

SEQUENCE = 0x30
SET = 0x31
INTEGER = 0x02
OCTET_STRING = 0x04
CONSTRUCTED_OCTET_STRING = 0x24
OBJECT_IDENTIFIER = 0x06
CONTEXT_0 = 0xA0
CONTEXT_1 = 0xA1
CONSTRUCTED = 0x20

_END_OF_CONTENTS = b"\0\0"


class Cursor:
    """A position in BER bytes, moving forward only.

    Each byte is looked at once, whatever the nesting, so hostile input costs its length and
    no more. raises: CmsError from every method.
    """

    __slots__ = ("_at", "_data", "_ends", "_limit")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._limit = len(data)
        # Pairs: the limit to return to, and the end of this element (-1: marked by two zeros).
        self._ends: list[tuple[int, int]] = []

    def peek(self) -> int:
        """Tell the next tag, or -1 at the end of the element that is open."""
        at = self._at
        if at >= self._limit:
            return -1
        if self._ends and self._ends[-1][1] < 0 and self._data[at : at + 2] == _END_OF_CONTENTS:
            return -1
        return self._data[at]

    def open(self, tag: int) -> None:
        """Step into a constructed element."""
        end = self._header(tag)
        if len(self._ends) >= MAX_DEPTH:
            raise CmsError("nested too deeply")
        self._ends.append((self._limit, end))
        if end >= 0:
            self._limit = end

    def close(self) -> None:
        """Step out of the open element, which must be at its end."""
        limit, end = self._ends.pop()
        if end < 0:
            if self._data[self._at : self._at + 2] != _END_OF_CONTENTS or self._at + 2 > limit:
                raise CmsError("unexpected element")
            self._at += 2
        elif self._at != end:
            raise CmsError("unexpected element")
        self._limit = limit

    def take(self, tag: int) -> bytes:
        """Return the contents of an element of definite length."""
        end = self._definite(tag)
        contents = self._data[self._at : end]
        self._at = end
        return contents

    def take_whole(self, tag: int) -> bytes:
        """Return an element of definite length with its tag and length."""
        start = self._at
        end = self._definite(tag)
        self._at = end
        return self._data[start:end]

    def take_octets(self) -> bytes:
        """Return the octets of a string that may come in pieces."""
        return self.take_implicit_octets(OCTET_STRING)

    def take_implicit_octets(self, tag: int) -> bytes:
        """Return the octets of a string that bears another tag; its pieces never do."""
        if self.peek() == tag:
            return self.take(tag)
        self.open(tag | CONSTRUCTED)
        pieces = []
        while self.peek() != -1:
            pieces.append(self.take_octets())
        self.close()
        return b"".join(pieces)

    def skip(self) -> None:
        """Pass over one element of any kind."""
        tag = self.peek()
        end = self._header(tag)
        if end >= 0:
            self._at = end
            return
        if len(self._ends) >= MAX_DEPTH:
            raise CmsError("nested too deeply")
        self._ends.append((self._limit, end))
        while self.peek() != -1:
            self.skip()
        self.close()

    def skip_rest(self) -> None:
        """Pass over whatever is left in the open element."""
        while self.peek() != -1:
            self.skip()

    def finish(self) -> None:
        """Insist that nothing follows."""
        if self._at != len(self._data):
            raise CmsError("bytes after the message")

    def _definite(self, tag: int) -> int:
        end = self._header(tag)
        if end < 0:
            raise CmsError("indefinite length where it is not allowed")
        return end

    def _header(self, tag: int) -> int:
        """Read tag and length; return where the contents end, -1 if two zeros mark the end."""
        at = self._at
        data = self._data
        if at + 2 > self._limit:
            raise CmsError("truncated")
        if data[at] != tag or tag & 0x1F == 0x1F or tag == 0:
            raise CmsError("unexpected element")
        length = data[at + 1]
        at += 2
        if length == 0x80:
            if not tag & CONSTRUCTED:
                raise CmsError("indefinite length of a primitive")
            self._at = at
            return -1
        if length > 0x80:
            octets = length & 0x7F
            if octets > 4:
                raise CmsError("length too long")
            length = int.from_bytes(data[at : at + octets], "big")
            at += octets
        self._at = at
        if at + length > self._limit:
            raise CmsError("truncated")
        return at + length


def encode(tag: int, *parts: bytes) -> bytes:
    """Write one element of definite length, in the shortest form."""
    contents = b"".join(parts)
    length = len(contents)
    if length < 0x80:
        return bytes((tag, length)) + contents
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + contents


def encode_indefinite(tag: int, *parts: bytes) -> bytes:
    """Write one constructed element whose end is marked by two zeros, as Apple's devices do."""
    return bytes((tag, 0x80)) + b"".join(parts) + _END_OF_CONTENTS
