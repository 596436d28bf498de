"""Codes that were taken for numbers on their way, and so lost the zeros they began with."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

# Statistics Sweden's RegSO and DeSO begin with the four digits of the municipality.
CUT_STATISTICAL = re.compile(r"[1-9][0-9]{2}(?:R[0-9]{3}|[A-C][0-9]{4})")
# Municipalities have four digits, districts and parishes six; counties 01 to 09 begin with zero.
LENGTHS_WITH_ZEROS = (4, 6)


def lost_zeros(codes: Sequence[str]) -> dict[str, str]:
    """The codes that seem to have lost zeros, each with what it probably was.

    Believed are: a RegSO or DeSO code a digit short; digits only where other codes of digits
    are longer and begin with zero; and codes of three digits among those of four, or five among
    six, unless they go on from one length to the next as plain numbering does.

    >>> lost_zeros(["0114", "180", "1280"])
    {'180': '0180'}
    """
    found = {code: f"0{code}" for code in codes if CUT_STATISTICAL.fullmatch(code)}
    numbers = [code for code in codes if code.isascii() and code.isdigit()]
    length = _expected_length(numbers)
    for code in numbers if length else ():
        if len(code) < length and not code.startswith("0"):
            found[code] = code.zfill(length)
    taken = set(codes)
    return {code: whole for code, whole in found.items() if whole not in taken}


def lost_zeros_of(codes: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """The codes that are not known, but would be with zeros in front; each with the known one.

    >>> lost_zeros_of(["114", "115"], ["0114", "115"])
    {'114': '0114'}
    """
    wanted = set(known)
    bare = {code.lstrip("0"): code for code in wanted if code.startswith("0")}
    return {code: bare[code] for code in codes if code in bare and code not in wanted}


def _expected_length(numbers: Sequence[str]) -> int:
    """How many digits all these codes should have; 0 where nothing says so."""
    zeroed = Counter(len(code) for code in numbers if code.startswith("0") and len(code) > 1)
    if zeroed:
        return zeroed.most_common(1)[0][0]
    lengths = {len(code) for code in numbers}
    longest = max(lengths, default=0)
    if longest not in LENGTHS_WITH_ZEROS or lengths != {longest, longest - 1}:
        return 0
    going_on = {"9" * (longest - 1), "1" + "0" * (longest - 1)}
    return 0 if going_on <= set(numbers) else longest
