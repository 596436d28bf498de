"""Codes and names of the rows of a boundary file: cleaned, and what is wrong with them."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.areas.lost_zeros import lost_zeros
from portfolio.areas.mojibake import Mending, mend
from portfolio.areas.report import Issue
from portfolio.areas.wording import shortened
from portfolio.language import Text

LONGEST_CODE = 64
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Labels:
    """Code (None where there is no usable one) and name of each row, and the issues found."""

    codes: tuple[str | None, ...]
    names: tuple[str, ...]
    issues: tuple[Issue, ...]


def read_labels(
    codes: Sequence[object], names: Sequence[object], *, rereadable: bool = True
) -> Labels:
    """Clean codes and names, by position, and list everything that is wrong with them.

    Args:
        codes: One a row, as the file has it.
        names: Likewise.
        rereadable: Whether the file may be read again in another encoding; a GeoPackage may not.
    """
    issues: list[Issue] = []
    texts = [as_text(code) for code in codes]
    usable = [_usable_code(row, text, issues) for row, text in enumerate(texts, start=1)]
    issues += _duplicates(usable)
    issues += _without_zeros(usable)
    clean = [
        _usable_name(row, as_text(name), code, issues, rereadable)
        for row, (name, code) in enumerate(zip(names, usable, strict=True), start=1)
    ]
    return Labels(tuple(usable), tuple(clean), tuple(issues))


def as_text(value: object) -> str:
    """Write a field's value as text: trimmed, composed, whole numbers without `.0`.

    >>> as_text(1280.0), as_text(" Å "), as_text(None)
    ('1280', 'Å', '')
    """
    if value is None or value != value:  # a missing number is NaN
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    text = value if isinstance(value, str) else _other_as_text(value)
    return unicodedata.normalize("NFC", text).strip()


def _other_as_text(value: object) -> str:
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")


def _is_invisible(sign: str) -> bool:
    """Such as a space of no width, or the sign that turns the direction of writing."""
    return unicodedata.category(sign) == "Cf"


def _unfit_for_a_code(sign: str) -> bool:
    return sign == "/" or _is_control(sign) or _is_invisible(sign)


def _usable_code(row: int, code: str, issues: list[Issue]) -> str | None:
    if not code:
        detail = Text(
            f"Rad {row} saknar kod. Fyll i kodfältet.",
            f"Row {row} has no code. Fill in the code field.",
        )
        issues.append(Issue("error", "missing_code", None, detail, row))
        return None
    if len(code) > LONGEST_CODE or any(map(_unfit_for_a_code, code)):
        detail = Text(
            f"Rad {row} har koden {shortened(code)}. En kod har högst {LONGEST_CODE} tecken, "
            "utan snedstreck, styrtecken och osynliga tecken. Rätta den.",
            f"Row {row} has the code {shortened(code)}. A code has at most {LONGEST_CODE} "
            "characters, without slash, control characters and invisible ones. Correct it.",
        )
        issues.append(Issue("error", "bad_code", None, detail, row))
        return None
    return code


def _duplicates(codes: Sequence[str | None]) -> list[Issue]:
    rows_of: dict[str, list[int]] = {}
    for row, code in enumerate(codes, start=1):
        if code is not None:
            rows_of.setdefault(code, []).append(row)
    return [_duplicate(code, rows) for code, rows in rows_of.items() if len(rows) > 1]


def _duplicate(code: str, rows: Sequence[int]) -> Issue:
    shown = ", ".join(str(row) for row in rows[:10]) + (", …" if len(rows) > 10 else "")
    detail = Text(
        f"Koden {code} finns på {len(rows)} rader ({shown}). Ge varje område en egen kod; är "
        "raderna delar av samma område, slå ihop dem till en rad.",
        f"The code {code} is on {len(rows)} rows ({shown}). Give each area a code of its own; "
        "if the rows are parts of one area, merge them into one row.",
    )
    return Issue("error", "duplicate_code", code, detail, rows[0])


def _without_zeros(codes: Sequence[str | None]) -> list[Issue]:
    rows = {code: row for row, code in enumerate(codes, start=1) if code is not None}
    return [
        zeros_lost(code, probably, rows[code]) for code, probably in lost_zeros(list(rows)).items()
    ]


def zeros_lost(code: str, probably: str, row: int | None) -> Issue:
    """The warning that a code was taken for a number."""
    detail = Text(
        f"Koden {code} ser ut att ha förlorat inledande nollor; troligen var den {probably}. "
        "Gör kodfältet till text och exportera på nytt.",
        f"The code {code} seems to have lost zeros in front; it probably was {probably}. Make "
        "the code field a text and export anew.",
    )
    return Issue("warning", "lost_zeros", code, detail, row)


def _usable_name(
    row: int, name: str, code: str | None, issues: list[Issue], rereadable: bool
) -> str:
    mending = None if name.isascii() else mend(name[: 2 * LONGEST_NAME])
    if mending is not None:
        issues.append(_mojibake(row, name, code, mending, rereadable))
    visible = name if name.isascii() else "".join(s for s in name if not _is_invisible(s))
    clean = "".join(" " if _is_control(sign) else sign for sign in visible).strip()
    if not clean:
        detail = Text(
            f"Rad {row} saknar namn; koden används i stället. Fyll i namnfältet.",
            f"Row {row} has no name; its code is used instead. Fill in the name field.",
        )
        issues.append(Issue("warning", "missing_name", code, detail, row, done="replaced"))
        return code or ""
    if len(clean) > LONGEST_NAME:
        detail = Text(
            f"Namnet på rad {row} har kortats till {LONGEST_NAME} tecken. Skriv ett kortare.",
            f"The name on row {row} was cut to {LONGEST_NAME} characters. Write a shorter one.",
        )
        issues.append(Issue("warning", "name_cut", code, detail, row, done="shortened"))
    return clean[:LONGEST_NAME]


def _mojibake(row: int, name: str, code: str | None, mending: Mending, rereadable: bool) -> Issue:
    shown = shortened(name)
    if mending.text is None:
        detail = Text(
            f"I namnet {shown} på rad {row} har bokstäver gått förlorade. Exportera filen på nytt "
            "i UTF-8.",
            f"In the name {shown} on row {row} letters are lost. Export the file anew in UTF-8.",
        )
        return Issue("warning", "mojibake", code, detail, row)
    advice = _advice(mending, rereadable)
    detail = Text(
        f"Namnet {shown} på rad {row} har lästs med fel teckenkodning; det ska troligen vara "
        f"{shortened(mending.text)}. {advice.sv}",
        f"The name {shown} on row {row} was read in the wrong encoding; it probably is "
        f"{shortened(mending.text)}. {advice.en}",
    )
    return Issue("warning", "mojibake", code, detail, row, encoding=mending.encoding)


def _advice(mending: Mending, rereadable: bool) -> Text:
    if rereadable:
        return Text(
            f"Läs filen igen med encoding={mending.encoding}.",
            f"Read the file again with encoding={mending.encoding}.",
        )
    return Text(
        f"Felet är sparat i filen: läs dess källa som {mending.encoding} och exportera på nytt.",
        f"The fault is stored in the file: read its source as {mending.encoding} and export anew.",
    )
