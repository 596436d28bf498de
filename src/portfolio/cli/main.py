"""All commands."""

import sys
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from portfolio.cli import areas, database, events, keeping, keys, sample, serving
from portfolio.cli.common import (
    export_language,
    open_engine,
    refusals,
    refuse,
    settings,
    write_bytes,
)
from portfolio.database.engine import snapshot
from portfolio.database.migrations import migrate as migrate_database
from portfolio.database.roles import grant_again

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Program steering of a municipality's investments, by place.",
)
app.add_typer(areas.app, name="areas", help="Areas and the import of their boundaries.")
app.add_typer(keys.app, name="keys", help="API keys.")
app.add_typer(database.app, name="database", help="Who may do what in PostgreSQL.")
app.add_typer(events.app, name="events", help="The chain of events.")
app.add_typer(sample.app, name="sample", help="A sample municipality, fictional.")


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


@app.command()
def migrate() -> None:
    """Create the database, or bring it to the newest schema.

    Example: portfolio migrate
    """
    with refusals():
        migrate_database(settings().database_url)
        grant_again(settings().database_url)
    typer.echo("The database has the newest schema.", err=True)


app.command()(serving.serve)
app.command()(keeping.backup)
app.command()(keeping.restore)
app.command()(keeping.move)


@app.command("gate-status")
def gate_status(
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Decisions up to this date."),
    ] = None,
    format: Annotated[Format, typer.Option(help="How it is written.")] = Format.CSV,
    output: Annotated[Path | None, typer.Option(help="A file, instead of stdout.")] = None,
) -> None:
    """Where every investment stands: the finance table.

    Example: portfolio gate-status --as-of 2026-12-31 --format xlsx --output grindstatus.xlsx
    """
    from portfolio.reports.exports import gate_status_table

    on: date | None = as_of.date() if as_of else None
    engine = open_engine()
    with refusals(), snapshot(engine) as session:
        content = gate_status_table(session, on, format.value, export_language())
    if output is None:
        write_bytes(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        refuse(f"{output} can't be written: {error.strerror}.")


@app.command()
def openapi(file: Annotated[Path | None, typer.Argument(help="Instead of stdout.")] = None) -> None:
    """Write the API description.

    Example: portfolio openapi openapi/openapi.json
    """
    from portfolio.app import create_app
    from portfolio.settings import Settings

    described = create_app(Settings(database_url="sqlite://")).openapi()
    content = orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n"
    if file is None:
        write_bytes(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        refuse(f"{file} can't be written: {error.strerror}.")


@app.command()
def doctor() -> None:
    """Check every invariant; says what is wrong, and ends with 1, if anything is.

    Example: portfolio doctor
    """
    from portfolio.reports.doctor import CHECKS, faults_in

    engine = open_engine()
    healthy = True
    with refusals(), snapshot(engine) as session:
        for what in CHECKS:
            if sys.stderr.isatty():
                # With many investments it takes minutes.
                typer.echo(f"Looking at {what} ...", err=True)
            for fault in faults_in(session, what):
                healthy = False
                typer.echo(fault)
    if not healthy:
        raise typer.Exit(1)
    typer.echo("All invariants hold.")
