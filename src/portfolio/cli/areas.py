"""`portfolio areas import`: the same preview and the same rules as over HTTP."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Engine

from portfolio.area_imports import service
from portfolio.area_imports.previewing import Preview
from portfolio.area_imports.rules import Extent, Heirs
from portfolio.areas.boundary_files import ReaderLimits
from portfolio.cli.common import act, language, open_engine, refusals, settings
from portfolio.database.engine import transaction
from portfolio.errors import ImportNotApplicable, Refused
from portfolio.language import Language, Text

app = typer.Typer(help="The municipality's areas.", no_args_is_help=True)

MOST_ROWS = 20
QUESTION = Text("Verkställa?", "Apply?")
File = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, help="GeoPackage, zipped Shapefile or GeoJSON."),
]
SchemeOption = Annotated[str, typer.Option(help="The code of the scheme.")]
CodeField = Annotated[str, typer.Option(help="The field with the codes.")]
NameField = Annotated[str, typer.Option(help="The field with the names.")]
ValidFrom = Annotated[
    datetime,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The first day; it may be to come."),
]
ExtentOption = Annotated[Extent, typer.Option(help="Whether codes that the file lacks vanish.")]
Layer = Annotated[str | None, typer.Option(help="Which layer, if the file has several.")]
Crs = Annotated[str | None, typer.Option(help="Such as EPSG:3007, over the file's own.")]
Encoding = Annotated[str | None, typer.Option(help="How a Shapefile's texts are written.")]
Successors = Annotated[
    list[str] | None, typer.Option(help="OLD=NEW or OLD=N1:0.6,N2:0.4; as often as needed.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show the preview.")]
Yes = Annotated[bool, typer.Option("--yes", help="Apply without asking.")]


@app.callback()
def areas() -> None:
    """The municipality's areas."""


@app.command("import")
def import_areas(
    file: File,
    scheme: SchemeOption,
    code_field: CodeField,
    name_field: NameField,
    valid_from: ValidFrom,
    extent: ExtentOption = Extent.WHOLE,
    layer: Layer = None,
    crs: Crs = None,
    encoding: Encoding = None,
    successor: Successors = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Read a boundary file into a scheme: shows what changes, asks, applies. All or nothing.

    Example: portfolio areas import regso.gpkg --scheme regso --code-field regsokod
    --name-field regsonamn --valid-from 2027-01-01 --successor 1280R031=1280R053:0.6,1280R054:0.4
    """
    order = service.Order(
        scheme, code_field, name_field, valid_from.date(), extent, layer, crs, encoding
    )
    successors = parse_successors(successor or [])
    with refusals():
        if not (dry_run or yes or is_interactive()):
            raise _nobody_to_ask()
        engine = open_engine()
        try:
            previewed = _preview(engine, order, file)
            show(Console(), previewed, language())
            if not dry_run:
                _ask_and_apply(engine, previewed, successors, agreed=yes)
        finally:
            engine.dispose()


def is_interactive() -> bool:
    return sys.stdin.isatty()


def parse_successors(options: Iterable[str]) -> dict[str, Heirs]:
    """`OLD=NEW`, or `OLD=N1:0.6,N2:0.4`; whether they fit is for the rules to say."""
    parsed: dict[str, Heirs] = {}
    for option in options:
        old, _, heirs = option.partition("=")
        if not old or not heirs or old in parsed:
            raise typer.BadParameter(
                f"{option}: write OLD=NEW or OLD=N1:0.6,N2:0.4, each OLD once.",
                param_hint="--successor",
            )
        parsed[old] = _heirs(heirs)
    return parsed


def _heirs(text: str) -> Heirs:
    parts = [part.rpartition(":") for part in text.split(",")]
    try:
        return [(code, Decimal(share)) for code, _, share in parts]
    except InvalidOperation:
        # Not shares, so the whole text is one code.
        return [(text, Decimal(1))]


def _nobody_to_ask() -> Refused:
    return Refused(
        "Här finns ingen att fråga; lägg till --yes för att verkställa, eller --dry-run för att "
        "bara se.",
        "There is nobody to ask here; add --yes to apply, or --dry-run only to look.",
    )


def _preview(engine: Engine, order: service.Order, file: Path) -> Preview:
    with Console(stderr=True).status(escape(f"{file.name} ...")):
        limits = ReaderLimits(file_bytes=settings().max_upload_bytes)
        return service.preview_file(engine, order, file, file.name, limits)


def _ask_and_apply(
    engine: Engine, previewed: Preview, successors: Mapping[str, Heirs], *, agreed: bool
) -> None:
    _refuse_errors(previewed)
    if agreed or typer.confirm(QUESTION.in_language(language()), err=True):
        _apply(engine, previewed, successors)


def _refuse_errors(previewed: Preview) -> None:
    """What can't be applied is not worth a question."""
    errors = [issue.detail for issue in previewed.issues if issue.severity == "error"]
    if errors:
        raise ImportNotApplicable(
            f"Filen har {len(errors)} fel och kan inte verkställas. {errors[0].sv}",
            f"The file has {len(errors)} errors and can't be applied. {errors[0].en}",
        )


def _apply(engine: Engine, previewed: Preview, successors: Mapping[str, Heirs]) -> None:
    doing = act()
    working = Text("Verkställer ...", "Applying ...").in_language(language())
    # One transaction: whoever ends the program now leaves nothing behind, or all of it.
    with Console(stderr=True).status(working), transaction(engine) as session:
        row = service.create_import(session, doing, previewed)
        service.apply_import(session, doing, row, successors)
        number = row.id
    done = Text(f"Import {number} är verkställd.", f"Import {number} is applied.")
    typer.echo(done.in_language(language()))


# The preview

ADDED = Text("nya", "added")
CHANGED = Text("ändrade", "changed")
REMOVED = Text("borttagna", "removed")
UNCHANGED = Text("oförändrade", "unchanged")
ISSUES = Text("Anmärkningar", "Issues")
INVESTMENTS = Text("Investeringar vars andelar ändras", "Investments whose shares change")
PROGRAMS = Text("Program som berörs", "Programs concerned")
ORPHANS = Text("Koder som behöver efterträdare", "Codes that need a successor")
SEVERITY, KIND, DETAIL = Text("grad", "severity"), Text("slag", "kind"), Text("vad", "what")
CODE, NAME, AREAS = Text("kod", "code"), Text("namn", "name"), Text("områden", "areas")
BEFORE, AFTER, USED_BY = Text("före", "before"), Text("efter", "after"), Text("av", "used by")

OUTSIDE, SERVES = Text("utanför", "outside"), Text("betjänar", "serves")

Rows = Sequence[Sequence[str]]


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


def _tables(previewed: Preview, said: Language) -> list[tuple[Text, Sequence[Text], Rows]]:
    counts = [[str(number) for number in previewed.comparison.counts.values()]]
    issues = [
        [issue.severity, issue.kind, issue.code or "", issue.detail.in_language(said)]
        for issue in previewed.issues
    ]
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
        (ISSUES, (SEVERITY, KIND, CODE, DETAIL), issues),
        (INVESTMENTS, (CODE, NAME, BEFORE, AFTER), investments),
        (PROGRAMS, (CODE, NAME, AREAS), programs),
        (ORPHANS, (CODE, NAME, USED_BY), orphans),
    ]


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
    table = Table(title=f"{escape(title)}{more}", title_justify="left")
    for heading in headings:
        table.add_column(heading.in_language(said), overflow="fold")
    for row in rows[:MOST_ROWS]:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)
