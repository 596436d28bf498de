"""Words of the operating consequence. Pure."""

from enum import StrEnum


class Category(StrEnum):
    """What a consequence line is; the last three lessen the cost."""

    OPERATION = "operation"
    MAINTENANCE = "maintenance"
    STAFF = "staff"
    ONE_OFF = "one_off"
    GRANT = "grant"
    INCOME = "income"
    SAVINGS = "savings"


class Convention(StrEnum):
    """What interest is counted on: the book value at the start of the year, or of each month."""

    OPENING = "opening"
    MONTHLY = "monthly"
