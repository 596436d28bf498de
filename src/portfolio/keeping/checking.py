"""Checking a backup without a database: hashes, counts, types, references and the chain."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from types import NoneType
from typing import Any

import numpy as np
import orjson
import shapely

from portfolio.clock import rfc3339
from portfolio.database.bulk import shapes_of
from portfolio.database.rows import Column, Kind
from portfolio.events.rules import find_break
from portfolio.hashing import canonical
from portfolio.keeping.archive import Archive, Damaged, damage_told
from portfolio.keeping.manifest import Progress, TableEntry
from portfolio.language import Text

CHECKING = Text("Kontrollerar kopian", "Checking the backup")
EVENTS = "event"
CHAIN = "event_chain"
DATE = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
TYPES: dict[Kind, type] = {
    Kind.INTEGER: int,
    Kind.NUMBER: float,
    Kind.TEXT: str,
    Kind.BOOLEAN: bool,
    Kind.DATE: str,
    Kind.TIME: str,
    Kind.GEOMETRY: str,
}
Values = list[Sequence[Any]]


def check_archive(archive: Archive, tell: Progress) -> None:
    """Read all of a backup.

    Raises:
        Damaged: Something in it is not as the manifest, or the rest of it, says.
    """
    manifest = archive.manifest
    known: dict[str, Known] = {
        key: Known()
        for table in manifest.tables
        for key in (column.refers_to for column in table.columns)
        if key is not None
    }
    done = 0
    for table in manifest.tables:
        with damage_told():
            walk = _walk(archive, table, known)
            if table.name == EVENTS:
                _check_chain(archive, table, walk)
            elif table.name == CHAIN:
                _check_end(archive, table, walk)
            else:
                for _ in walk:
                    tell(CHECKING, done, manifest.rows)
        done += table.rows
        tell(CHECKING, done, manifest.rows)


def values_of(table: TableEntry, lines: Sequence[bytes]) -> Values:
    """The values in some lines, by column.

    Raises:
        Damaged: A value is not what its column holds.
    """
    try:
        rows = [orjson.loads(line) for line in lines]
        if any(type(row) is not list or len(row) != len(table.columns) for row in rows):
            raise ValueError("A line is not a list of as many values as there are columns.")
        values: Values = list(zip(*rows, strict=True))
        for column, found in zip(table.layout.columns, values, strict=True):
            _require_kind(column, found)
    except (ValueError, shapely.errors.ShapelyError) as error:
        raise Damaged(
            f"en rad i {table.name} kan inte läsas", f"a line of {table.name} can't be read"
        ) from error
    return values


def _require_kind(column: Column, values: Sequence[Any]) -> None:
    allowed = {TYPES[column.kind], *([NoneType] if column.nullable else [])}
    if not set(map(type, values)) <= allowed:
        raise ValueError(f"{column.name} holds something else than {column.kind}.")
    given = [value for value in values if value is not None]
    match column.kind:
        case Kind.DATE:
            _require_dates(DATE, date.fromisoformat, given)
        case Kind.TIME:
            _require_dates(MOMENT, datetime.fromisoformat, given)
        case Kind.GEOMETRY:
            shapes_of(given)


def _require_dates(form: re.Pattern[str], parse: Callable[[str], date], given: list[str]) -> None:
    for text in given:
        if not form.fullmatch(text):
            raise ValueError(f"{text[:40]!r} is not written as a date is.")
        parse(text)


class Known:
    """The values that foreign keys may name: integers in order, or texts."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._numbers: list[np.ndarray[Any, np.dtype[np.int64]]] = []
        self._sorted: np.ndarray[Any, np.dtype[np.int64]] | None = None

    def add(self, values: Sequence[Any]) -> None:
        if values and isinstance(values[0], int):
            self._numbers.append(np.array(values, dtype=np.int64))
            self._sorted = None
        else:
            self._texts.update(values)

    def has_all(self, values: Sequence[Any]) -> bool:
        wanted = [value for value in values if value is not None]
        if not wanted or isinstance(wanted[0], str):
            return self._texts.issuperset(wanted)
        if self._sorted is None:
            joined = np.concatenate([np.empty(0, np.int64), *self._numbers])
            self._numbers = [joined]
            self._sorted = np.sort(joined)
        asked = np.array(wanted, dtype=np.int64)
        places = np.searchsorted(self._sorted, asked)
        found = places < len(self._sorted)
        return bool(found.all() and (self._sorted[places] == asked).all())


def _walk(archive: Archive, table: TableEntry, known: dict[str, Known]) -> Iterator[Values]:
    """All values of a table, while they are counted, hashed and held to their foreign keys."""
    digest, rows = hashlib.sha256(), 0
    own: list[tuple[str, Sequence[Any]]] = []
    columns = table.layout.columns
    for lines in archive.lines(table):
        for line in lines:
            digest.update(line)
        rows += len(lines)
        values = values_of(table, lines)
        for column, found in zip(columns, values, strict=True):
            name = f"{table.name}.{column.name}"
            if name in known:
                known[name].add(found)
            if column.refers_to is None:
                continue
            if column.refers_to.partition(".")[0] == table.name:
                own.append((column.refers_to, [one for one in found if one is not None]))
            else:
                _require_known(table, known[column.refers_to], found)
        yield values
    for refers_to, found in own:
        _require_known(table, known[refers_to], found)
    if (rows, digest.hexdigest()) != (table.rows, table.sha256):
        raise Damaged(
            f"raderna i {table.name} är inte de som förteckningen anger",
            f"the rows of {table.name} are not those that its manifest says",
        )


def _require_known(table: TableEntry, known: Known, values: Sequence[Any]) -> None:
    if not known.has_all(values):
        raise Damaged(
            f"en rad i {table.name} hänvisar till något som inte finns",
            f"a row of {table.name} refers to something that is not there",
        )


def _check_chain(archive: Archive, table: TableEntry, walk: Iterator[Values]) -> None:
    end = archive.manifest.events
    broken = find_break(_events(table, walk), (end.length, end.last_hash), canonical)
    if broken is not None:
        raise Damaged(
            f"händelsekedjan är bruten vid händelse {broken.event_id}",
            f"the chain of events breaks at event {broken.event_id}: it {broken.problem}",
        )


def _events(table: TableEntry, walk: Iterator[Values]) -> Iterator[dict[str, Any]]:
    """Events as the API shows them, which is what their hashes cover."""
    names = [column.name for column in table.columns]
    for values in walk:
        for row in zip(*values, strict=True):
            event = dict(zip(names, row, strict=True))
            event["at"] = rfc3339(datetime.fromisoformat(event["at"]))
            for name in ("before", "after"):
                event[name] = None if event[name] is None else orjson.loads(event[name])
            yield event


def _check_end(archive: Archive, table: TableEntry, walk: Iterator[Values]) -> None:
    """The one row that says where the chain ends says what the manifest does."""
    names = [column.name for column in table.columns]
    rows = [
        dict(zip(names, row, strict=True)) for values in walk for row in zip(*values, strict=True)
    ]
    end = archive.manifest.events
    if [(row["last_id"], row["last_hash"]) for row in rows] != [(end.length, end.last_hash)]:
        raise Damaged(
            "händelsekedjans slut är ett annat än förteckningens",
            "its chain of events ends elsewhere than its manifest says",
        )
