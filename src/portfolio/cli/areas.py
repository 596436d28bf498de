"""`portfolio areas import`: the same preview and the same rules as over HTTP."""

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from portfolio.area_imports import service
from portfolio.area_imports.previewing import Preview
from portfolio.area_imports.rules import Extent, Heirs
from portfolio.area_imports.scenes import picture_of_preview
from portfolio.areas.boundary_files import ReaderLimits
from portfolio.cli.area_tables import show
from portfolio.cli.common import act, language, open_engine, refusals, settings
from portfolio.database.engine import transaction
from portfolio.errors import ImportNotApplicable, Refused
from portfolio.language import Text

app = typer.Typer(help="The municipality's areas.", no_args_is_help=True)

QUESTION = Text("Verkställa?", "Apply?")
READING = Text("Läser och kontrollerar filen", "Reading and checking the file")
COMPARING = Text("Jämför med indelningen", "Comparing with the scheme")
DRAWING = Text("Ritar kartan", "Drawing the map")
APPLYING = Text("Verkställer", "Applying")
File = Annotated[
    Path,
    typer.Argument(
        exists=True, dir_okay=False, help="A boundary file; docs/gis.md lists the formats."
    ),
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
Encoding = Annotated[str | None, typer.Option(help="How the file's texts are written.")]
Successors = Annotated[
    list[str] | None, typer.Option(help="OLD=NEW or OLD=N1:0.6,N2:0.4; as often as needed.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show the preview.")]
Yes = Annotated[bool, typer.Option("--yes", help="Apply without asking.")]
Clean = Annotated[bool, typer.Option("--clean", help="Close small overlaps and gaps.")]
AcceptLineage = Annotated[
    bool, typer.Option("--accept-lineage", help="Take the proposed successors where none is given.")
]
Picture = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False,
        metavar="FILE",
        help="Where the map goes (SVG); a temporary folder, which is named, if left out.",
    ),
]


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
    clean: Clean = False,
    accept_lineage: AcceptLineage = False,
    picture: Picture = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Read a boundary file into a scheme: shows what changes, asks, applies. All or nothing.

    Example: portfolio areas import regso.gpkg --scheme regso --code-field regsokod
    --name-field regsonamn --valid-from 2027-01-01 --successor 1280R031=1280R053:0.6,1280R054:0.4
    """
    order = service.Order(
        scheme, code_field, name_field, valid_from.date(), extent, layer, crs, encoding, clean
    )
    answer = Answer(parse_successors(successor or []), accept_lineage, agreed=yes)
    with refusals():
        if not (dry_run or yes or is_interactive()):
            raise _nobody_to_ask()
        engine = open_engine()
        try:
            previewed, drawn = _preview(engine, order, file)
            show(Console(), previewed, language())
            _keep_picture(drawn, picture, f"{file.stem}-preview.svg")
            if not dry_run:
                _ask_and_apply(engine, previewed, answer)
        finally:
            engine.dispose()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller says beforehand about applying."""

    successors: Mapping[str, Heirs]
    accept_lineage: bool
    agreed: bool


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
        heirs = [(code, Decimal(share)) for code, _, share in parts]
    except InvalidOperation:
        # Not shares, so the whole text is one code.
        return [(text, Decimal(1))]
    for code, share in heirs:
        if not (share.is_finite() and 0 < share <= 1):
            raise typer.BadParameter(
                f"{code}:{share}: a share is a number over 0, at most 1.",
                param_hint="--successor",
            )
    return heirs


def _nobody_to_ask() -> Refused:
    return Refused(
        "Här finns ingen att fråga; lägg till --yes för att verkställa, eller --dry-run för att "
        "bara se.",
        "There is nobody to ask here; add --yes to apply, or --dry-run only to look.",
    )


def _preview(engine: Engine, order: service.Order, file: Path) -> tuple[Preview, bytes]:
    """The preview and its map."""
    limits = ReaderLimits(file_bytes=settings().max_upload_bytes)
    with _stages(READING, COMPARING, DRAWING) as begin:
        begin(READING)
        boundaries = service.read_file(engine, order, file, file.name, limits)
        begin(COMPARING)
        previewed = service.compare_file(engine, order, boundaries)
        begin(DRAWING)
        return previewed, picture_of_preview(engine, previewed, language())


@contextmanager
def _stages(*stages: Text) -> Iterator[Callable[[Text], None]]:
    """A bar on stderr that grows by whole stages: how long one takes is not known before."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(stages))

        def begin(stage: Text) -> None:
            said = stage.in_language(language())
            progress.update(bar, completed=stages.index(stage), description=said)

        yield begin


def _keep_picture(drawn: bytes, asked: Path | None, name: str) -> None:
    """Where it was asked for; else in a folder of its own, so that no file is written over."""
    try:
        path = asked or Path(tempfile.mkdtemp(prefix="portfolio-")) / name
        path.write_bytes(drawn)
    except OSError as error:
        if asked is None:
            # Nobody asked for it, so the import goes on without it.
            _tell(Text("Kartan kunde inte sparas.", "The map could not be kept."))
            return
        raise Refused(
            f"Kartan kan inte skrivas till {asked}; ange en annan fil med --picture.",
            f"The map can't be written to {asked}; name another file with --picture.",
        ) from error
    where = path.resolve()
    _tell(Text(f"Karta: {where}", f"Map: {where}"))


def _tell(said: Text) -> None:
    typer.echo(said.in_language(language()))


def _ask_and_apply(engine: Engine, previewed: Preview, answer: Answer) -> None:
    _refuse_errors(previewed)
    if answer.agreed or typer.confirm(QUESTION.in_language(language()), err=True):
        _apply(engine, previewed, answer)


def _refuse_errors(previewed: Preview) -> None:
    """What can't be applied is not worth a question."""
    errors = [issue.detail for issue in previewed.issues if issue.severity == "error"]
    if errors:
        raise ImportNotApplicable(
            f"Filen har {len(errors)} fel och kan inte verkställas. {errors[0].sv}",
            f"The file has {len(errors)} errors and can't be applied. {errors[0].en}",
        )


def _apply(engine: Engine, previewed: Preview, answer: Answer) -> None:
    doing = act(engine)
    # One transaction: whoever ends the program now leaves nothing behind, or all of it.
    with _stages(APPLYING) as begin, transaction(engine) as session:
        begin(APPLYING)
        row = service.create_import(session, doing, previewed)
        service.apply_import(
            session, doing, row, answer.successors, accept_lineage=answer.accept_lineage
        )
        number = row.id
    _tell(Text(f"Import {number} är verkställd.", f"Import {number} is applied."))
