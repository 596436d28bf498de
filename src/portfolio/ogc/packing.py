"""Gzip put together from pieces that are compressed already: each feature once, not on each page.

Deflate (RFC 1951) lets streams follow one another where each ends on a whole byte and refers to
nothing before itself; gzip (RFC 1952) adds a header, and the checksum and length of it all.
"""

import struct
import zlib
from collections.abc import Iterable

# The fastest level: what is asked for once is seldom asked for over a slow line.
LEVEL = 1
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"


def deflated(text: bytes) -> bytes:
    """A piece that others can follow."""
    stream = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(text) + stream.flush(zlib.Z_FULL_FLUSH)


_COMMA = deflated(b",")


def gzipped(whole: bytes, head: bytes, pieces: Iterable[bytes], tail: bytes) -> bytes:
    """A body as gzip.

    Args:
        whole: The body: the head, what the pieces say with a comma between them, and the tail.
        head: Its beginning.
        pieces: What `deflated` made of each part in the middle.
        tail: Its end.
    """
    last = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    ending = last.compress(tail) + last.flush()
    trailer = struct.pack("<II", zlib.crc32(whole), len(whole) & 0xFFFFFFFF)
    return b"".join((_HEADER, deflated(head), _COMMA.join(pieces), ending, trailer))
