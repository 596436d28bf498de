"""From the rows of a sheet to figures, with everything that is wrong at its cell."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from portfolio.areas.wording import shortened
from portfolio.indicators.rules import FIRST_YEAR, KINDS, LARGEST, LAST_YEAR, MILLION, Kind
from portfolio.language import Text
from portfolio.table_imports.numbers import NumberFault, read_number
from portfolio.table_imports.rules import Broken, Issue, Row, plain_text

CODE, YEAR, VALUE = WANTED = ("code", "year", "value")
# What the headers are called, in small letters.
SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("code", "kod", "områdeskod"), CODE),
    **dict.fromkeys(("year", "år"), YEAR),
    **dict.fromkeys(("value", "värde"), VALUE),
}
SPOKEN = {CODE: "kod", YEAR: "år", VALUE: "värde"}
MOST_NAMED = 10
# As many faults as an answer lists.
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """A row that is right: `value` in millionths."""

    code: str
    year: int
    value: int


@dataclass(slots=True)
class Judge:
    """Reads rows of one indicator; what is wrong is noted."""

    indicator: str
    decimal: str | None
    # Every code that the scheme has or had.
    codes: Set[str]
    # The first faults, in full; of the others only how many there are, and on which rows.
    issues: list[Issue] = field(default_factory=list)
    faults: int = 0
    wrong_rows: set[int] = field(default_factory=set)
    # Codes as a spreadsheet leaves them when it takes them for numbers.
    stripped: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.stripped = {code.lstrip("0"): code for code in sorted(self.codes, reverse=True)}

    @property
    def kind(self) -> Kind | None:
        return KINDS.get(self.indicator)

    def read(self, rows: Sequence[Row]) -> list[Figure]:
        """The figures of all rows; only those without a fault."""
        seen: dict[tuple[str, int], int] = {}
        figures = []
        for row in rows:
            code, year, value = self._code(row), self._year(row), self._value(row)
            if code is None or year is None:
                continue
            first = seen.setdefault((code, year), row.number)
            if first != row.number:
                self._double(row, code, year, first)
            elif value is not None:
                figures.append(Figure(code, year, value))
        return figures

    def _fault(self, row: Row, column: str, kind: str, sv: str, en: str) -> None:
        self.faults += 1
        self.wrong_rows.add(row.number)
        if len(self.issues) >= MOST_LISTED:
            return
        detail = Text(
            f"Rad {row.number}, {SPOKEN[column]}: {sv}", f"Row {row.number}, {column}: {en}"
        )
        self.issues.append(Issue("error", kind, row.number, column, detail))

    def _text(self, row: Row, column: str) -> str | None:
        """A cell's text; None, and noted, if there is none."""
        cell = row.cells[column]
        if isinstance(cell, Broken):
            self._broken(row, column, cell)
            return None
        text = plain_text(cell)
        if not text:
            self._missing(row, column)
        return text or None

    def _broken(self, row: Row, column: str, cell: Broken) -> None:
        self._fault(
            row,
            column,
            "broken_cell",
            f"formeln har inget värde ({cell.shown}); räkna om arket och spara det.",
            f"the formula has no value ({cell.shown}); calculate the sheet and save it.",
        )

    def _missing(self, row: Row, column: str) -> None:
        self._fault(
            row,
            column,
            "missing",
            "cellen är tom; fyll i den eller ta bort raden.",
            "the cell is empty; fill it in or remove the row.",
        )

    def _code(self, row: Row) -> str | None:
        code = self._text(row, CODE)
        if code is None or code in self.codes:
            return code
        shown = shortened(code)
        alike = self.stripped.get(code)
        meant = Text(f" Menas {alike}?", f" Is it {alike}?") if alike else Text("", "")
        self._fault(
            row,
            CODE,
            "unknown_code",
            f"indelningen har aldrig haft området {shown}; rätta koden.{meant.sv}",
            f"the scheme has never had the area {shown}; correct the code.{meant.en}",
        )
        return None

    def _year(self, row: Row) -> int | None:
        text = self._text(row, YEAR)
        if text is None:
            return None
        if len(text) == 4 and text.isascii() and text.isdigit():
            year = int(text)
            if FIRST_YEAR <= year <= LAST_YEAR:
                return year
        self._fault(
            row,
            YEAR,
            "not_a_year",
            f"{shortened(text)} är inget år; ange ett från {FIRST_YEAR} till {LAST_YEAR}.",
            f"{shortened(text)} is no year; give one from {FIRST_YEAR} to {LAST_YEAR}.",
        )
        return None

    def _value(self, row: Row) -> int | None:
        cell = row.cells[VALUE]
        if isinstance(cell, Broken):
            self._broken(row, VALUE, cell)
            return None
        is_whole = self.kind is not None and self.kind.is_whole
        try:
            number = read_number(cell, self.decimal, doubts_comma=is_whole)
        except NumberFault as fault:
            self._no_number(row, cell, fault)
            return None
        if number is None:
            self._missing(row, VALUE)
            return None
        return self._within(row, number)

    def _no_number(self, row: Row, cell: str | float | None, fault: NumberFault) -> None:
        if fault.kind == "ambiguous":
            self._fault(row, VALUE, fault.kind, fault.detail.sv, fault.detail.en)
            return
        shown = shortened(str(cell))
        self._fault(
            row,
            VALUE,
            "not_a_number",
            f"{shown} är inget tal som 1 250,5; rätta det, eller ange decimal=. om filen har "
            "decimalpunkt.",
            f"{shown} is no number such as 1 250,5; correct it, or give decimal=. if the file has "
            "decimal points.",
        )

    def _within(self, row: Row, number: Decimal) -> int | None:
        """In millionths, if the number is one that the indicator can have."""
        least, most, is_whole = -LARGEST, LARGEST, False
        if self.kind is not None:
            least, most, is_whole = self.kind.least, self.kind.most, self.kind.is_whole
        # Compared before it is computed with: there may be an exponent of hundreds.
        is_within = number.is_finite() and least <= number <= most
        if is_within and (not is_whole or number == number.to_integral_value()):
            return int((number * MILLION).to_integral_value(ROUND_HALF_UP))
        noun = Text("ett heltal", "a whole number") if is_whole else Text("ett tal", "a number")
        self._fault(
            row,
            VALUE,
            "out_of_range",
            f"ange {noun.sv} från {least} till {most}.",
            f"give {noun.en} from {least} to {most}.",
        )
        return None

    def _double(self, row: Row, code: str, year: int, first: int) -> None:
        shown = shortened(code)
        self._fault(
            row,
            CODE,
            "double",
            f"{shown} har redan ett värde för {year} på rad {first}; ta bort det ena.",
            f"{shown} has a figure for {year} on row {first} already; remove one of them.",
        )


def warnings_of(
    figures: Sequence[Figure],
    wanted: Mapping[int, Set[str]],
    known: Mapping[int, Set[str]],
) -> list[Issue]:
    """What may be meant so, but deserves a look.

    Args:
        figures: All those of the file.
        wanted: By year, the codes of the areas that were in force.
        known: By year, the codes that will have a figure.
    """
    issues = []
    for year in sorted(wanted):
        old = {one.code for one in figures if one.year == year} - wanted[year]
        lacking = wanted[year] - known[year]
        if old:
            issues.append(_of_other_edition(year, old))
        if lacking:
            issues.append(_incomplete(year, lacking))
    return issues


def _of_other_edition(year: int, codes: Set[str]) -> Issue:
    sv, en = _many(codes)
    detail = Text(
        f"{year}: {sv} hör till områden som inte gällde då ({_some(codes)}). Värden förs över till "
        "områdenas efterträdare; rätta koderna om de är fel.",
        f"{year}: {en} of areas that were not in force then ({_some(codes)}). Figures go to the "
        "areas' successors; correct the codes if they are wrong.",
    )
    return Issue("warning", "other_edition", None, None, detail)


def _incomplete(year: int, codes: Set[str]) -> Issue:
    sv, en = _many(codes, ("has", "have"))
    detail = Text(
        f"{year}: {sv} saknar värde ({_some(codes)}). Skicka en fil med dem; tills dess är summor "
        "som de ingår i uppskattningar.",
        f"{year}: {en} no figure ({_some(codes)}). Send a file with them; until then sums that "
        "they are part of are estimates.",
    )
    return Issue("warning", "incomplete", None, None, detail)


def _many(codes: Set[str], verbs: tuple[str, str] = ("is", "are")) -> tuple[str, str]:
    """How many codes, in both languages; the English verb follows suit."""
    if len(codes) == 1:
        return "1 kod", f"1 code {verbs[0]}"
    return f"{len(codes)} koder", f"{len(codes)} codes {verbs[1]}"


def _some(codes: Set[str]) -> str:
    some = ", ".join(shortened(code) for code in sorted(codes)[:MOST_NAMED])
    return f"{some}, …" if len(codes) > MOST_NAMED else some
