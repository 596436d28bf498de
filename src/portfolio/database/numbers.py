"""The numbers that tables give their rows: that of a row that is gone is not given again.

What is kept of a row after it names it by its number, often without a foreign key.
"""

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

# By table, the last number that was given.
Numbers = Mapping[str, int]
NO_NUMBERS: Numbers = {}
# Columns that name a row of another table, where their names do not say of which.
NAMED = {"giver_id": "investment", "receiver_id": "investment", "base_edition_id": "area_edition"}

# A role that may only read tables is not told; it takes what the rows say.
_SEQUENCES = sa.text("""
SELECT t.relname, s.last_value
FROM pg_depend d
JOIN pg_class q ON q.oid = d.objid AND q.relkind = 'S'
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_sequences s ON s.schemaname = 'public' AND s.sequencename = q.relname
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
AND d.deptype IN ('a', 'i') AND q.relnamespace = 'public'::regnamespace
AND s.last_value IS NOT NULL
""")
# Other tables of SQLite give the number after the largest, whatever was there before.
_COUNTING = sa.text(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
)


def larger(some: Numbers, others: Numbers) -> dict[str, int]:
    return {name: max(some.get(name, 0), others.get(name, 0)) for name in sorted({*some, *others})}


def last_numbers(connection: sa.Connection) -> dict[str, int]:
    """What the database itself has noted."""
    if connection.dialect.name == "postgresql":
        found = connection.execute(_SEQUENCES)
    elif _counting(connection):
        found = connection.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))
    else:
        return {}
    return {name: int(number) for name, number in found.all()}


def continue_numbers(
    connection: sa.Connection, tables: Sequence[sa.Table], given: Numbers = NO_NUMBERS
) -> None:
    """The next row of each table gets a number that none has had, nor is named anywhere."""
    numbered = [table for table in tables if "id" in table.columns]
    last = {table.name: given.get(table.name, 0) for table in numbered}
    for column, name in _naming(tables):
        if name in last:
            largest = connection.execute(sa.select(sa.func.max(column))).scalar_one()
            last[name] = max(last[name], largest or 0)
    if connection.dialect.name == "postgresql":
        _continue_sequences(connection, last)
    else:
        _continue_counts(connection, last)


def _naming(tables: Sequence[sa.Table]) -> Iterator[tuple[sa.Column[int], str]]:
    """Columns that hold numbers of rows, each with the table of those rows."""
    names = [table.name for table in tables]
    for table in tables:
        for column in table.columns:
            if not isinstance(column.type, sa.Integer):
                continue
            if column.name == "id":
                yield column, table.name
            for key in column.foreign_keys:
                yield column, key.target_fullname.partition(".")[0]
            if column.name in NAMED:
                yield column, NAMED[column.name]
            elif column.name.endswith("_id") and not column.foreign_keys:
                # `template_id` is of gate_template.
                word = column.name.removesuffix("_id")
                yield from ((column, name) for name in names if f"_{name}".endswith(f"_{word}"))


def _continue_sequences(connection: sa.Connection, last: Numbers) -> None:
    for name, number in last.items():
        sequence = sa.func.pg_get_serial_sequence(name, "id")
        # A table whose numbers we give ourselves has no sequence; setval of null does nothing.
        connection.execute(sa.select(sa.func.setval(sequence, max(number, 1), number > 0)))


def _continue_counts(connection: sa.Connection, last: Numbers) -> None:
    counted = _counting(connection)
    found = last_numbers(connection)
    for name, number in last.items():
        if name in counted and number > found.get(name, 0):
            values = {"name": name, "number": number}
            connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
            connection.execute(
                sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)"), values
            )


def _counting(connection: sa.Connection) -> set[str]:
    return set(connection.execute(_COUNTING).scalars())
