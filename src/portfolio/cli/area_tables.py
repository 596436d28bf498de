"""The preview of a boundary file as tables for a terminal."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from portfolio.area_imports.previewing import Preview
from portfolio.area_imports.tracing import Kind, shown_lineage
from portfolio.areas.report import Issue
from portfolio.areas.wording import square_metres
from portfolio.language import Language, Text

MOST_ROWS = 20
ADDED = Text("nya", "added")
CHANGED = Text("ändrade", "changed")
REMOVED = Text("borttagna", "removed")
UNCHANGED = Text("oförändrade", "unchanged")
ISSUES = Text("Anmärkningar", "Issues")
INVESTMENTS = Text("Investeringar vars andelar ändras", "Investments whose shares change")
PROGRAMS = Text("Program som berörs", "Programs concerned")
ORPHANS = Text("Koder som behöver efterträdare", "Codes that need a successor")
LINEAGE = Text(
    "Förslag till efterträdare, efter yta (--accept-lineage tar dem)",
    "Proposed successors, by surface (--accept-lineage takes them)",
)
MOVES = Text("Pengar som flyttar mellan områden", "Money that moves between areas")
CLEANED = Text("Städade gränser", "Cleaned boundaries")
SEVERITY, KIND, DETAIL = Text("grad", "severity"), Text("slag", "kind"), Text("vad", "what")
CODE, NAME, AREAS = Text("kod", "code"), Text("namn", "name"), Text("områden", "areas")
BEFORE, AFTER, USED_BY = Text("före", "before"), Text("efter", "after"), Text("av", "used by")
FROM, TO, AMOUNT = Text("från", "from"), Text("till", "to"), Text("kronor", "SEK")
DONE = Text("åtgärd", "done")
OUTSIDE, SERVES = Text("utanför", "outside"), Text("betjänar", "serves")
UNDECIDED = Text("flera områden", "several areas")

DONE_WORDS: Mapping[str, Text] = {
    "refused": Text("läses inte", "refused"),
    "kept": Text("inget", "nothing"),
    "repaired": Text("lagad", "repaired"),
    "straightened": Text("rätad", "straightened"),
    "dropped": Text("borttagen", "dropped"),
    "shortened": Text("kortad", "shortened"),
    "replaced": Text("ersatt", "replaced"),
    "cleaned": Text("städad", "cleaned"),
}
# What every issue without a cure says; a column of only these tells nothing.
UNDONE = frozenset({"kept", "refused"})
KIND_WORDS: Mapping[str, Text] = {
    Kind.RENAMED: Text("ny kod", "renamed"),
    Kind.SPLIT: Text("delad", "split"),
    Kind.MERGED: Text("sammanslagen", "merged"),
    Kind.SPREAD: Text("utspridd", "spread"),
    Kind.GONE: Text("borta", "gone"),
}

Rows = Sequence[Sequence[str]]
Titled = tuple[Text, Sequence[Text], Rows]


def show(console: Console, previewed: Preview, said: Language) -> None:
    """The preview as tables; of a long list the first rows, and how many there are."""
    source = previewed.source
    console.print(
        f"{source.filename}: {source.driver}, {source.layer}, {source.crs}, {source.features}",
        markup=False,
    )
    for title, headings, rows in _tables(previewed, said):
        if rows:
            _print(console, title.in_language(said), headings, rows, said)


def _tables(previewed: Preview, said: Language) -> list[Titled]:
    counts = [[str(number) for number in previewed.comparison.counts.values()]]
    impact: Mapping[str, Any] = previewed.impact
    investments = [row for one in impact["investments"] for row in _moved(one, said)]
    programs = [[one["code"], one["name"], ", ".join(one["areas"])] for one in impact["programs"]]
    orphans = [
        [one["code"], one["name"], ", ".join([*one["investments"], *one["programs"]])]
        for one in impact["orphans"]
    ]
    scheme = Text(previewed.scheme, previewed.scheme)
    return [
        (scheme, (ADDED, CHANGED, REMOVED, UNCHANGED), counts),
        _issues(previewed.issues, said),
        (CLEANED, (CODE, BEFORE, AFTER), _cleaned(previewed, said)),
        (INVESTMENTS, (CODE, NAME, BEFORE, AFTER), investments),
        (MOVES, (FROM, TO, AMOUNT), _moves(previewed.money, said)),
        (PROGRAMS, (CODE, NAME, AREAS), programs),
        (LINEAGE, (CODE, NAME, KIND, AFTER), _lineage(previewed, said)),
        (ORPHANS, (CODE, NAME, USED_BY), orphans),
    ]


def _issues(issues: Sequence[Issue], said: Language) -> Titled:
    """With what was done about each, where anything was."""
    rows = [
        [issue.severity, issue.kind, issue.code or "", issue.detail.in_language(said)]
        for issue in issues
    ]
    if all(issue.done in UNDONE for issue in issues):
        return ISSUES, (SEVERITY, KIND, CODE, DETAIL), rows
    told = [[*row, _done(issue, said)] for row, issue in zip(rows, issues, strict=True)]
    return ISSUES, (SEVERITY, KIND, CODE, DETAIL, DONE), told


def _done(issue: Issue, said: Language) -> str:
    word = DONE_WORDS[issue.done].in_language(said)
    if issue.before_m2 is None or issue.after_m2 is None:
        return word
    before, after = square_metres(issue.before_m2), square_metres(issue.after_m2)
    return f"{word}: {before.in_language(said)} > {after.in_language(said)}"


def _cleaned(previewed: Preview, said: Language) -> Rows:
    if previewed.cleaning is None:
        return []
    return [
        [
            area.code,
            *(square_metres(m2).in_language(said) for m2 in (area.before_m2, area.after_m2)),
        ]
        for area in previewed.cleaning.areas
    ]


def _lineage(previewed: Preview, said: Language) -> Rows:
    outside = OUTSIDE.in_language(said)
    return [
        [
            one["code"],
            one["name"],
            KIND_WORDS[one["kind"]].in_language(said),
            _shares(one["successors"], one["outside"], outside),
        ]
        for one in shown_lineage(previewed.lineage)
    ]


def _moves(money: Mapping[str, Any] | None, said: Language) -> Rows:
    """From where to where; None is outside all areas."""
    if money is None:
        return []
    outside = OUTSIDE.in_language(said)
    rows = [
        [one["from"] or outside, one["to"] or outside, _kronor(one["total"], said)]
        for one in money["moves"]
        if _is_seen(one["total"])
    ]
    if _is_seen(money["undecided"]["total"]):
        several = UNDECIDED.in_language(said)
        rows.append([several, several, _kronor(money["undecided"]["total"], said)])
    return rows


def _is_seen(amount: str) -> bool:
    """Whether it is more than 0 in whole kronor."""
    return bool(round(Decimal(amount)))


def _kronor(amount: str, said: Language) -> str:
    """Whole kronor in groups of three, as each language writes them."""
    written = f"{Decimal(amount):,.0f}"
    return written if said == "en" else written.replace(",", "\N{NO-BREAK SPACE}")


def _moved(one: Mapping[str, Any], said: Language) -> list[list[str]]:
    """A row for where the investment stands and one for whom it serves, where either changes."""
    outside = OUTSIDE.in_language(said)
    before = _shares(one["before"], one["outside_before"], outside)
    after = _shares(one["after"], one["outside_after"], outside)
    served = [_shares(one[f"served_{when}"] or (), None, outside) for when in ("before", "after")]
    rows = [[one["code"], one["name"], before, after]] if before != after else []
    if served[0] != served[1]:
        rows.append([one["code"], f"{one['name']} ({SERVES.in_language(said)})", *served])
    return rows


def _shares(shares: Sequence[Mapping[str, Any]], outside: float | None, label: str) -> str:
    parts = [f"{one['code']} {one['share']:.1%}" for one in shares]
    # What would be shown as 0.0 % is not worth a word.
    if outside is not None and outside >= 0.0005:
        parts.append(f"{label} {outside:.1%}")
    return ", ".join(parts)


def _print(
    console: Console, title: str, headings: Sequence[Text], rows: Rows, said: Language
) -> None:
    more = f" ({MOST_ROWS}/{len(rows)})" if len(rows) > MOST_ROWS else ""
    # Not as the table's own title, which is broken into lines as narrow as the table.
    console.print(f"{title}{more}", style="italic", markup=False)
    table = Table()
    for heading in headings:
        table.add_column(heading.in_language(said), overflow="fold")
    for row in rows[:MOST_ROWS]:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)
