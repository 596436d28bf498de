"""Words of the budget. Pure."""

from enum import StrEnum


class FrameKind(StrEnum):
    ORIGINAL = "original"
    SUPPLEMENTARY = "supplementary"
    CARRY_OVER = "carry_over"


class Account(StrEnum):
    """The ledger's accounts: where money comes from, and the two places it can be."""

    GRANTED = "granted"
    RESERVE = "reserve"
    ALLOCATION = "allocation"
