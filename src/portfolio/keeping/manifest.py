"""What a backup says of itself."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from portfolio.database.rows import Column, Kind, Layout
from portfolio.hashing import sha256
from portfolio.language import Text

FORMAT = 1
APPLICATION = version("portfolio")

# What is being done, how many rows of it, and of how many.
Progress = Callable[[Text, int, int], None]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# As many as canonical JSON can write exactly.
Count = Annotated[int, Field(ge=0, lt=2**53)]
Word = Annotated[str, Field(max_length=100)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnEntry(Part):
    name: Name
    kind: Kind
    nullable: bool
    refers_to: Word | None


class TableEntry(Part):
    """A table: how a line of it is read, how many there are, and SHA-256 over all of them."""

    name: Name
    columns: Annotated[tuple[ColumnEntry, ...], Field(min_length=1, max_length=200)]
    key: Annotated[tuple[Name, ...], Field(min_length=1, max_length=10)]
    rows: Count
    sha256: Digest

    @property
    def layout(self) -> Layout:
        columns = tuple(
            Column(one.name, one.kind, one.nullable, one.refers_to) for one in self.columns
        )
        return Layout(self.name, columns, self.key)


class ChainEnd(Part):
    """The end of the chain of events: how many there are, and the hash of the last."""

    length: Count
    last_hash: Digest


class Content(Part):
    """Everything in a manifest but the hash over it."""

    format: int
    application: Word
    revision: Word
    made_at: Word
    engine: Word
    tables: Annotated[tuple[TableEntry, ...], Field(max_length=1000)]
    events: ChainEnd
    # The last number that each table has given, also to a row that is gone. The first backups have
    # none.
    numbers: dict[Name, Count] | None = None

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


class Manifest(Content):
    sha256: Digest

    def content_hash(self) -> str:
        return _hash_of(self)


def sealed(content: Content) -> Manifest:
    return Manifest(**dict(content), sha256=_hash_of(content))


def _hash_of(content: Content) -> str:
    without = {"sha256"} | ({"numbers"} if content.numbers is None else set())
    return sha256(content.model_dump(mode="json", exclude=without))


def table_entry(layout: Layout, rows: int, digest: str) -> TableEntry:
    columns = tuple(
        ColumnEntry(name=one.name, kind=one.kind, nullable=one.nullable, refers_to=one.refers_to)
        for one in layout.columns
    )
    return TableEntry(name=layout.name, columns=columns, key=layout.key, rows=rows, sha256=digest)
