"""What every command needs: settings, a migrated database, and refusals in one sentence."""

import locale
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from portfolio.clock import Act, now
from portfolio.database.engine import is_missing_file, make_engine, snapshot
from portfolio.database.migrations import current_revision, is_migrated, require_known
from portfolio.errors import InvalidBody, PortfolioError, Refused
from portfolio.events.service import after_newest
from portfolio.language import Language
from portfolio.settings import Settings, SettingsError, load_settings


def language() -> Language:
    """Swedish where the terminal is."""
    chosen = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    name = chosen or (locale.getlocale()[0] or "")
    return "sv" if name.lower().startswith("sv") else "en"


def refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


@contextmanager
def refusals() -> Iterator[None]:
    """What the tool refuses ends the command with one sentence and exit code 1."""
    try:
        yield
    except SettingsError as error:
        refuse(str(error))
    except PortfolioError as error:
        refuse(_sentence(error))
    except (ArgumentError, ModuleNotFoundError) as error:
        refuse(f"PORTFOLIO_DATABASE_URL can't be used: {str(error).splitlines()[0]}")
    except SQLAlchemyError as error:
        refuse(f"The database can't be used: {str(error.__cause__ or error).splitlines()[0]}")


def _sentence(error: PortfolioError) -> str:
    said = language()
    parts = [error.detail.in_language(said)]
    if isinstance(error, Refused):
        parts += [reason.detail.in_language(said) for reason in error.reasons]
    if isinstance(error, InvalidBody):
        parts += [fault.detail.in_language(said) for fault in error.errors]
    return " ".join(dict.fromkeys(parts))


def settings() -> Settings:
    with refusals():
        return load_settings()


def open_engine() -> Engine:
    """The database of the settings; refuses one that is not there or not migrated."""
    with refusals():
        url = settings().database_url
        name = make_url(url).render_as_string(hide_password=True)
        advice = "run portfolio migrate, or set PORTFOLIO_DATABASE_URL"
        if is_missing_file(url):
            # Opening it would make an empty one, in whatever folder this is.
            refuse(f"There is no database {name} in this folder; {advice}.")
        engine = make_engine(url, pool_size=5)
        try:
            require_known(current_revision(engine))
            if not is_migrated(engine):
                refuse(f"The database {name} is not migrated; {advice}.")
        except BaseException:
            engine.dispose()
            raise
        return engine


def export_language() -> Language:
    """Exports are Swedish unless the terminal is English."""
    chosen = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    return "en" if chosen.lower().startswith("en") else "sv"


def act(engine: Engine) -> Act:
    """What is done by a command: never before what is recorded already."""
    with snapshot(engine) as session:
        return Act(actor="command line", at=after_newest(session, now()))


def write_bytes(content: bytes) -> None:
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
