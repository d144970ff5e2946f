"""Standard base64, read without indulgence.

Here: one function for property lists and signature headers.
"""

import binascii


def decode(text: bytes) -> bytes:
    """Decode standard base64 on one line, with its padding and nothing after it.

    raises: ValueError.
    """
    decoded = binascii.a2b_base64(text, strict_mode=True)
    # Even the strict mode of Python 3.11 lets padding pass where none is due: "AAAA=".
    if len(decoded) != len(text) // 4 * 3 - text.count(b"="):
        raise ValueError("superfluous padding")
    return decoded
