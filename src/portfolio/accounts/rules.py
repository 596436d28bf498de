"""What money is: its type and its direction (M1). Pure."""

from enum import StrEnum


class Type(StrEnum):
    CAPITAL = "capital"
    OPERATING = "operating"


class Direction(StrEnum):
    EXPENSE = "expense"
    INCOME = "income"


# In öre: what one file may book in all, as one amount may be; far below what sums can hold.
LARGEST = 10**15 - 1
