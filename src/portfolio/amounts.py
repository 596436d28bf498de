"""Money: decimal strings outside, integer öre inside, split so that parts sum to the whole."""

import re
from collections.abc import Mapping, Sequence

# Also given to clients as the JSON schema pattern. Python's `$` also matches before a last
# newline, so `parse_amount` uses fullmatch; `[0-9]`, because `\d` takes other scripts' digits.
AMOUNT_PATTERN = re.compile(r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$")


def parse_amount(text: str) -> int:
    """Read SEK as öre: `"1250000.00"` is 125000000, `"-0.5"` is -50.

    Raises ValueError on anything else than digits, a leading minus and up to two decimals.
    """
    if not AMOUNT_PATTERN.fullmatch(text):
        raise ValueError(
            "Give the amount in SEK as a string of at most 13 digits with a decimal point and "
            'at most two decimals, for example "1250000.00".'
        )
    whole, _, decimals = text.lstrip("-").partition(".")
    ore = int(whole) * 100 + int(decimals.ljust(2, "0"))
    return -ore if text.startswith("-") else ore


def format_amount(ore: int) -> str:
    """Write öre as SEK: 125000000 is `"1250000.00"`, -5 is `"-0.05"`."""
    kronor, rest = divmod(abs(ore), 100)
    return f"{'-' if ore < 0 else ''}{kronor}.{rest:02d}"


def split_amount(ore: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split öre in proportion to the weights, by largest remainder; ties go to the lower key.

    The parts sum to the whole, none is a whole öre from its exact share, a weight of zero gets
    nothing, and the split of -x is the split of x with its signs turned. Keys keep their order.
    Raises ValueError on a negative weight, or on an amount with nothing to split it over.
    """
    total = sum(weights.values())
    if weights and min(weights.values()) < 0:
        raise ValueError("A weight can't be negative.")
    if ore == 0:
        return dict.fromkeys(weights, 0)
    if total == 0:
        raise ValueError("An amount can't be split where every weight is zero.")

    size = abs(ore)
    parts = {key: size * weight // total for key, weight in weights.items()}
    left = size - sum(parts.values())
    if left:
        # The highest remainder first: negated, so that equal ones fall back on the key.
        order = sorted(weights, key=lambda key: (-(size * weights[key] % total), key))
        for key in order[:left]:
            parts[key] += 1
    return parts if ore > 0 else {key: -part for key, part in parts.items()}


def split_series(amounts: Sequence[int], weights: Mapping[str, int]) -> list[dict[str, int]]:
    """Split each amount of a series, a year's for instance, so that rows and columns add up.

    Splitting year by year would let each key's rounding pile up, and the years would no longer
    sum to the split of the total. So the *cumulative* sum is split, and a year gets what its
    split grew by: each year's parts sum to the year, and each key's years to its part of
    `split_amount(sum(amounts), weights)`.

    The price: a part may be nearly two öre from its exact share, and since a largest remainder
    can shrink while the whole grows, one that should be under an öre may come out as -0.01.
    """
    series = []
    cumulative = 0
    before = dict.fromkeys(weights, 0)
    for amount in amounts:
        cumulative += amount
        after = split_amount(cumulative, weights)
        series.append({key: after[key] - before[key] for key in weights})
        before = after
    return series
