"""What money is: its type and its direction (M1). Pure."""

from enum import StrEnum


class Type(StrEnum):
    CAPITAL = "capital"
    OPERATING = "operating"


class Direction(StrEnum):
    EXPENSE = "expense"
    INCOME = "income"
