"""Pydantic's validation messages, in Swedish as well."""

from collections.abc import Mapping
from typing import Any

from portfolio.language import Text

# Swedish for each error type of Pydantic that a client of ours can meet; `{name}` is its context.
SWEDISH: Mapping[str, str] = {
    "missing": "Fältet saknas; fyll i det.",
    "extra_forbidden": "Fältet finns inte; kontrollera stavningen.",
    "string_type": "Ange en text.",
    "string_too_short": "Skriv minst {min_length} tecken.",
    "string_too_long": "Skriv högst {max_length} tecken.",
    "string_pattern_mismatch": "Texten har fel form; den ska följa {pattern}.",
    "int_type": "Ange ett heltal.",
    "int_from_float": "Ange ett heltal utan decimaler.",
    "int_parsing": "Ange ett heltal.",
    "float_type": "Ange ett tal.",
    "float_parsing": "Ange ett tal.",
    "greater_than_equal": "Ange minst {ge}.",
    "greater_than": "Ange mer än {gt}.",
    "less_than_equal": "Ange högst {le}.",
    "less_than": "Ange mindre än {lt}.",
    "enum": "Ange något av {expected}.",
    "literal_error": "Ange något av {expected}.",
    "list_type": "Ange en lista.",
    "too_long": "Ange högst {max_length} stycken.",
    "too_short": "Ange minst {min_length} stycken.",
    "dict_type": "Ange ett objekt.",
    "model_type": "Ange ett objekt.",
    "model_attributes_type": "Ange ett objekt.",
    "date_from_datetime_parsing": "Ange ett datum som finns, till exempel 2026-11-03.",
    "date_parsing": "Ange ett datum som finns, till exempel 2026-11-03.",
    "datetime_parsing": "Ange en tid som finns, till exempel 2026-11-03T12:00:00Z.",
    "datetime_from_date_parsing": "Ange en tid som finns, till exempel 2026-11-03T12:00:00Z.",
}


def translated(fault: Mapping[str, Any]) -> Text:
    """One fault that Pydantic found, in both languages, without what the client sent."""
    context = fault.get("ctx") or {}
    if fault["type"] == "portfolio":
        return Text(context["sv"], context["en"])
    english = f"{fault['msg']}."
    pattern = SWEDISH.get(fault["type"])
    if pattern is None:
        return Text(f"Värdet har fel form ({fault['type']}).", english)
    if "expected" in context:
        context = {**context, "expected": str(context["expected"]).replace(" or ", " eller ")}
    return Text(pattern.format_map(context), english)
