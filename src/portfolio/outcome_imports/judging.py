"""What a file as a whole is told of: its year, its ledger, what is booked already. Pure."""

from collections.abc import Set

from portfolio.accounts.report import Head, Issues
from portfolio.language import Text

# As everywhere a year is written.
YEARS = range(1900, 2201)
MISSING_YEAR = Text(
    "Filen säger inte vilket räkenskapsår den gäller, eller har datum ur flera. Ange year, eller "
    "skicka en fil för varje år.",
    "The file does not say which fiscal year it is of, or has dates of several. Give year, or send "
    "one file for each year.",
)
MISSING_LEDGER = Text(
    "Filen säger inte vilken redovisning den är ur. Ange ledger, som investeringarnas objekt har "
    "det.",
    "The file does not say which ledger it is from. Give ledger, as the investments' objects have "
    "it.",
)
NO_VOUCHERS = Text(
    "Filen har inga transaktioner, kanske bara saldon (SIE 1-3). Exportera SIE 4 med "
    "verifikationer.",
    "The file has no transactions, perhaps only balances (SIE 1-3). Export SIE 4 with its "
    "vouchers.",
)
SENT_BEFORE = Text(
    "Samma fil är redan verkställd som en del av året; den skulle räknas två gånger.",
    "The same file is applied already as a part of the year; it would count twice.",
)


def judge_year(issues: Issues, head: Head, given: int | None) -> int | None:
    """The fiscal year: named after the one that it ends in. None, with an issue, if unclear."""
    year = _find_year(issues, head, given)
    if year is None or year not in YEARS:
        issues.add("error", "missing_year", MISSING_YEAR)
        return None
    return year


def _find_year(issues: Issues, head: Head, given: int | None) -> int | None:
    if head.last_day is not None:
        if given is not None and given != head.last_day.year:
            issues.add("error", "other_year", _other_year(given, head.last_day.year))
        return head.last_day.year
    if given is not None:
        _check_calendar_year(issues, head, given)
        return given
    if head.format != "SIE 4E" and len(head.years) == 1:
        return next(iter(head.years))
    return None


def _check_calendar_year(issues: Issues, head: Head, year: int) -> None:
    """A municipality's fiscal year is the calendar year, by law."""
    for other in sorted(head.years.keys() - {year}):
        detail = Text(
            f"Filen har datum ur {other}, utanför räkenskapsåret {year}. Skicka dem med rätt års "
            "fil.",
            f"The file has dates of {other}, outside the fiscal year {year}. Send them with the "
            "right year's file.",
        )
        issues.add("error", "period_outside_year", detail, line=head.years[other], code=str(other))


def judge_head(issues: Issues, head: Head, ledger: str) -> None:
    if not ledger:
        issues.add("error", "missing_ledger", MISSING_LEDGER)
    if not head.transactions:
        # Applied as a whole year, it would take everything away.
        issues.add("error", "no_vouchers", NO_VOUCHERS)


def judge_double(issues: Issues, head: Head, in_force: Set[str], *, is_applied: bool) -> None:
    """What of a part of a year is booked already."""
    if is_applied:
        issues.add("error", "double_import", SENT_BEFORE)
    for voucher, line in head.voucher_lines.items():
        if voucher in in_force:
            detail = Text(
                f"Verifikation {voucher} är redan bokförd här. Ta bort den ur filen, eller skicka "
                "hela årets fil.",
                f"Voucher {voucher} is booked here already. Take it out of the file, or send the "
                "whole year's file.",
            )
            issues.add("error", "double_import", detail, line=line, code=voucher)


def judge_assumed(issues: Issues, head: Head, ledger: str, *, removes: bool) -> None:
    """The only ledger that is named was taken, for a file that does not name it."""
    if not head.names:
        issues.add("info", "ledger_assumed", _ledger_assumed(ledger))
        return
    own = ", ".join(head.names)
    if removes:
        detail = Text(
            f"Filen kallar sig {own} och är räknad till {ledger}, men skulle ta bort det som är "
            f"bokfört där. Är den ur {ledger}, så ange ledger={ledger}; annars dess egen "
            "redovisning.",
            f"The file calls itself {own} and is taken to be of {ledger}, but would remove what is "
            f"booked there. If it is of {ledger}, state ledger={ledger}; else its own ledger.",
        )
        issues.add("error", "ledger_assumed", detail)
        return
    detail = Text(
        f"Filen kallar sig {own} men är räknad till {ledger}, den enda redovisning som "
        "investeringar nämner. Är den ur en annan, så ange ledger.",
        f"The file calls itself {own} but is taken to be of {ledger}, the only ledger that "
        "investments name. If it is from another, give ledger.",
    )
    issues.add("warning", "ledger_assumed", detail)


def _ledger_assumed(ledger: str) -> Text:
    return Text(
        f"Filen är räknad till {ledger}, den enda redovisning som investeringar nämner. Är den ur "
        "en annan, så ange ledger.",
        f"The file is taken to be of {ledger}, the only ledger that investments name. If it is "
        "from another, give ledger.",
    )


def _other_year(given: int, own: int) -> Text:
    return Text(
        f"year är {given}, men filens räkenskapsår är {own}. Utelämna year, eller skicka rätt fil.",
        f"year is {given}, but the file's fiscal year is {own}. Leave year out, or send the right "
        "file.",
    )
