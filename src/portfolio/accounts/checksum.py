"""The checksum of SIE, #KSUMMA: CRC-32 over labels and fields. Pure."""

import zlib
from collections.abc import Sequence

MODULUS = 2**32


class Checksum:
    """Runs from an empty #KSUMMA to the one with the sum.

    Blanks between fields, quotation marks around them and braces do not count. The standard
    counts the label with its number sign; programs that leave it out exist, and match as well.
    """

    def __init__(self) -> None:
        self._with_sign = 0
        self._without_sign = 0

    def add(self, fields: Sequence[str]) -> None:
        """Count a record, its label first; the texts are its bytes as `latin-1`."""
        data = "".join(fields).encode("latin-1")
        self._with_sign = zlib.crc32(data, self._with_sign)
        self._without_sign = zlib.crc32(data[1:], self._without_sign)

    @property
    def value(self) -> int:
        return self._with_sign

    def matches(self, written: str) -> bool:
        """Whether this is the sum; some programs write it with a sign."""
        digits = written.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
            return False
        return int(written) % MODULUS in (self._with_sign, self._without_sign)
