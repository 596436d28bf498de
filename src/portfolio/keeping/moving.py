"""Moving a database to another engine, or to another place."""

from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session, select

from portfolio.clock import Act
from portfolio.database.engine import is_missing_file, make_engine, snapshot
from portfolio.database.migrations import current_revision, migrate, newest_revision, require_known
from portfolio.errors import Refused
from portfolio.events.models import EventChain
from portfolio.keeping.archive import opened_archive
from portfolio.keeping.backups import back_up
from portfolio.keeping.manifest import ChainEnd, Manifest, Progress
from portfolio.keeping.restoring import require_empty, restore


def move(source: sa.Engine, target_url: str, act: Act, tell: Progress) -> tuple[Manifest, int]:
    """Bring all that is in `source` to the empty database at `target_url`, and compare.

    Returns:
        What was moved, and how many keys of the target were kept.

    Raises:
        Refused: The target is not empty, or the source has been written to since.
    """
    _require_other(source, target_url)
    target = _prepared(target_url)
    try:
        require_empty(target)
        with TemporaryDirectory(prefix="portfolio-") as folder:
            file = Path(folder) / "move.zip"
            manifest = back_up(source, file, tell)

            def require_stillness(_: Session) -> None:
                _require_end(source, manifest.events)

            with opened_archive(file) as archive:
                keys = restore(target, archive, act, tell, require_stillness)
    finally:
        target.dispose()
    return manifest, keys.kept


def _require_other(source: sa.Engine, target_url: str) -> None:
    try:
        same = make_url(target_url) == source.url
    except ArgumentError as error:
        raise _no_address() from error
    if same:
        raise Refused(
            "--to anger samma databas som PORTFOLIO_DATABASE_URL; ange den nya.",
            "--to names the same database as PORTFOLIO_DATABASE_URL; name the new one.",
        )


def _no_address() -> Refused:
    return Refused(
        "--to är ingen adress till en databas; skriv som i PORTFOLIO_DATABASE_URL, till exempel "
        "postgresql://portfolio@localhost/portfolio.",
        "--to is no address of a database; write it as in PORTFOLIO_DATABASE_URL, for instance "
        "postgresql://portfolio@localhost/portfolio.",
    )


def _prepared(url: str) -> sa.Engine:
    """The target with the newest schema, which a database without any is given."""
    try:
        engine = make_engine(url, pool_size=2)
    except (ArgumentError, ModuleNotFoundError) as error:
        raise _no_address() from error
    try:
        revision = None if is_missing_file(url) else current_revision(engine)
        if revision is None:
            migrate(url)
        require_known(revision)
        if revision not in (None, newest_revision()):
            raise Refused(
                f"Databasen som --to anger har schemat {revision}; kör portfolio migrate mot den.",
                f"The database that --to names has the schema {revision}; run portfolio migrate "
                "on it.",
            )
    except BaseException:
        engine.dispose()
        raise
    return engine


def _require_end(source: sa.Engine, end: ChainEnd) -> None:
    """Whatever is written leaves an event, so the chain says whether anything was."""
    with snapshot(source) as session:
        chain = session.exec(select(EventChain)).one()
    if (chain.last_id, chain.last_hash) != (end.length, end.last_hash):
        more = chain.last_id - end.length
        raise Refused(
            f"Databasen har ändrats under flytten ({more} händelser har tillkommit), så inget "
            "flyttades. Stoppa servern och flytta igen.",
            f"The database was changed during the move ({more} events were added), so nothing "
            "was moved. Stop the server and move again.",
        )
