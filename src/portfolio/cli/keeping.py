"""`portfolio backup`, `restore` and `move`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from portfolio.cli.common import act, language, open_engine, refusals, refuse
from portfolio.database.engine import snapshot
from portfolio.events.service import verify
from portfolio.keeping.manifest import Manifest
from portfolio.language import Text

QUESTION = Text("Lägga in den i databasen?", "Put it into the database?")
MOVING = Text("Flytta databasen dit?", "Move the database there?")
NOBODY = Text(
    "Här finns ingen att fråga; lägg till --yes för att genomföra det.",
    "There is nobody to ask here; add --yes to go on.",
)
File = Annotated[Path, typer.Argument(help="The file of the backup.")]
Check = Annotated[bool, typer.Option("--check", help="Only read FILE, without a database.")]
Force = Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")]
Yes = Annotated[bool, typer.Option("--yes", help="Go on without asking.")]
Doctor = Annotated[
    bool, typer.Option(help="Whether every invariant is checked afterwards, as doctor does.")
]
To = Annotated[
    str, typer.Option(metavar="URL", help="The new database, as in PORTFOLIO_DATABASE_URL.")
]


def backup(file: File, check: Check = False, force: Force = False) -> None:
    """Write all that is in the database to one file, also while a server runs.

    Example: portfolio backup /var/backups/portfolio/2026-11-22.zip
    """
    from portfolio.keeping.backups import back_up

    if check:
        _check(file)
        return
    engine = open_engine()
    with refusals(), _bar() as tell:
        manifest = back_up(engine, file, tell, replace=force)
    engine.dispose()
    _say_content(manifest, f"{file}: {file.stat().st_size / 1_000_000:.1f} MB")


def restore(file: File, check: Check = False, yes: Yes = False, doctor: Doctor = True) -> None:
    """Put a backup into an empty database, also while a server runs on it. All or nothing.

    Example: portfolio restore /var/backups/portfolio/2026-11-22.zip --yes
    """
    from portfolio.keeping.restoring import require_empty
    from portfolio.keeping.restoring import restore as put_back
    from portfolio.keeping.upgrading import checked_archive, newest_archive

    if check:
        _check(file)
        return
    _require_somebody(yes)
    engine = open_engine()
    with refusals():
        require_empty(engine)
        with _bar() as tell, checked_archive(file, tell) as archive:
            _say_content(archive.manifest, str(file))
            _ask(QUESTION, yes, tell)
            with newest_archive(archive, tell) as newest:
                keys = put_back(engine, newest, act(engine), tell)
        _conclude(engine, keys.kept, doctor)
        _say_keys(keys.in_force, archive.manifest.made_at)
    engine.dispose()


def move(to: To, yes: Yes = False, doctor: Doctor = True) -> None:
    """Copy the database to an empty one of any engine, and compare them row by row.

    Example: portfolio move --to postgresql://portfolio@localhost/portfolio
    """
    from sqlalchemy.engine import make_url

    from portfolio.database.engine import make_engine
    from portfolio.keeping.moving import move as carry

    _require_somebody(yes)
    engine = open_engine()
    with refusals():
        with _bar() as tell:
            _ask(MOVING, yes, tell)
            manifest, kept = carry(engine, to, act(engine), tell)
        name = make_url(to).render_as_string(hide_password=True)
        _say_content(manifest, name)
        target = make_engine(to, pool_size=2)
        _conclude(target, kept, doctor)
        target.dispose()
    engine.dispose()
    _say(
        f"Varje rad läses likadan i båda. Sätt PORTFOLIO_DATABASE_URL till {name} (med lösenordet, "
        "om det finns ett) och starta om servern.",
        f"Every row reads the same in both. Set PORTFOLIO_DATABASE_URL to {name} (with the "
        "password, if there is one) and start the server again.",
    )


def _check(file: Path) -> None:
    from portfolio.keeping.upgrading import checked_archive

    with refusals(), _bar() as tell, checked_archive(file, tell) as archive:
        manifest = archive.manifest
    _say_content(manifest, str(file))
    _say("Säkerhetskopian är hel.", "The backup is whole.")


def _say_content(manifest: Manifest, where: str) -> None:
    made, revision = manifest.made_at[:19] + "Z", manifest.revision
    tables, rows, events = len(manifest.tables), manifest.rows, manifest.events.length
    _say(
        f"{where}: {tables} tabeller, {rows} rader, {events} händelser; schema {revision}, {made}.",
        f"{where}: {tables} tables, {rows} rows, {events} events; schema {revision}, {made}.",
    )


def _say_keys(in_force: int, made_at: str) -> None:
    """A key that was withdrawn after the backup was made is in it as it was before."""
    if in_force:
        _say(
            f"Nycklar som åter gäller så som de gjorde {made_at[:10]}: {in_force}. Återkalla "
            "dem som har dragits in sedan dess (portfolio keys list, portfolio keys revoke).",
            f"Keys that are in force again as of {made_at[:10]}: {in_force}. Revoke those "
            "withdrawn since (portfolio keys list, portfolio keys revoke).",
        )


def _say(sv: str, en: str) -> None:
    typer.echo(Text(sv, en).in_language(language()))


def _is_interactive() -> bool:
    return sys.stdin.isatty()


def _require_somebody(agreed: bool) -> None:
    if not (agreed or _is_interactive()):
        typer.echo(NOBODY.in_language(language()), err=True)
        raise typer.Exit(2)


def _ask(question: Text, agreed: bool, tell: "Bar") -> None:
    if agreed:
        return
    tell.pause()
    if not typer.confirm(question.in_language(language()), err=True):
        refuse(Text("Ingenting har ändrats.", "Nothing was changed.").in_language(language()))
    tell.go_on()


def _conclude(engine: Engine, kept: int, doctor: bool) -> None:
    """What the database says of itself now; that something is wrong was so in the backup too."""
    from portfolio.reports.doctor import find_faults

    with snapshot(engine) as session:
        total, problem = verify(session)
        faults = find_faults(session) if doctor and problem is None else []
    if problem is not None:
        said = Text(
            f"Händelsekedjan är bruten vid händelse {problem.event_id}; se portfolio doctor.",
            f"The chain breaks at event {problem.event_id}: it {problem.problem}.",
        )
        refuse(said.in_language(language()))
    _say(f"{total} händelser, kedjan är hel.", f"{total} events, the chain is whole.")
    if kept:
        _say(
            f"Nycklar som redan fanns i databasen och gäller fortfarande: {kept}.",
            f"Keys that were in the database already and are still in force: {kept}.",
        )
    for fault in faults:
        typer.echo(fault)
    if faults:
        _say(
            "Allt är på plats, men det som står ovan var fel redan i källan; se portfolio doctor.",
            "Everything is in place, but what stands above was wrong in the source already; see "
            "portfolio doctor.",
        )


class Bar:
    """A bar on stderr that counts rows."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def __call__(self, doing: Text, done: int, total: int) -> None:
        said = doing.in_language(language())
        self._progress.update(self._task, description=said, completed=done, total=total)

    def pause(self) -> None:
        self._progress.stop()

    def go_on(self) -> None:
        self._progress.start()


@contextmanager
def _bar() -> Iterator[Bar]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    silent = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=silent) as progress:
        yield Bar(progress)
