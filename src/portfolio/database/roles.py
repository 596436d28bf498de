"""What the server's own role in PostgreSQL may do: everything it needs, and no more.

The owner of the tables migrates. The server works as another role, which can't alter a table,
remove a trigger or touch a row of history, whatever is sent to it.
"""

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from portfolio.database.migrations import lock_schema, migration_engine
from portfolio.errors import Refused

# Tables without an entry here: rows come, change and go.
CHANGEABLE = "SELECT, INSERT, UPDATE, DELETE"
APPEND_ONLY = "SELECT, INSERT"
SPECIAL = {"alembic_version": "SELECT", "event_chain": "SELECT, UPDATE"}

# PostGIS has one of its own, which everybody may read.
_TABLES = """
SELECT c.relname, EXISTS (
    SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid = c.oid AND p.proname = 'refuse_change'
)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
# Whoever may move the end of the chain has been granted the rest too.
_GRANTED = """
SELECT pg_get_userbyid(a.grantee)
FROM pg_class c, aclexplode(c.relacl) a
WHERE c.oid = 'public.event_chain'::regclass AND a.privilege_type = 'UPDATE'
AND a.grantee NOT IN (c.relowner, 0)
"""
_MAY_ALTER = """
SELECT pg_has_role(:role, relowner, 'MEMBER') FROM pg_class
WHERE oid = 'public.event'::regclass
"""
# A member may act as the role even where it does not inherit from it.
_MAY_CREATE = """
SELECT EXISTS (
    SELECT FROM pg_roles r WHERE pg_has_role(:role, r.oid, 'MEMBER')
    AND (has_schema_privilege(r.oid, 'public', 'CREATE')
        OR has_database_privilege(r.oid, current_database(), 'CREATE'))
)
"""
_MAY_CHANGE = """
SELECT r.rolname
FROM pg_class c
JOIN pg_roles r ON pg_has_role(:role, r.oid, 'MEMBER')
WHERE c.oid = to_regclass(format('public.%I', cast(:table AS text)))
AND (has_table_privilege(r.oid, c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
    OR has_any_column_privilege(r.oid, c.oid, 'UPDATE'))
ORDER BY r.oid
LIMIT 1
"""


def grant(url: str, role: str) -> None:
    """Give an existing role what the server needs, and take from it whatever is more.

    Raises:
        Refused: There is no such role, it could alter the tables all the same, or this is no
            PostgreSQL.
    """
    engine = migration_engine(url)
    try:
        if engine.dialect.name != "postgresql":
            raise Refused(
                "SQLite har inga roller; filens rättigheter avgör vem som kan ändra i den.",
                "SQLite has no roles; the file's permissions say who can change it.",
            )
        with engine.begin() as connection:
            lock_schema(connection)
            _require_lesser(connection, role)
            _grant(connection, role)
            _require_no_creating(connection, role)
            _require_no_changing(connection, role)
    finally:
        engine.dispose()


def grant_again(url: str) -> None:
    """What a migration has made, for the roles that had been granted what there was before.

    Who does not own the tables has made nothing.
    """
    engine = migration_engine(url)
    try:
        if may_alter_tables(engine):
            with engine.begin() as connection:
                lock_schema(connection)
                for (role,) in connection.exec_driver_sql(_GRANTED).fetchall():
                    _grant(connection, role)
    finally:
        engine.dispose()


def may_alter_tables(engine: Engine) -> bool:
    """Whether the engine's own role is the owner, or could act as it."""
    if engine.dialect.name != "postgresql":
        return False
    with engine.connect() as connection:
        me = connection.exec_driver_sql("SELECT current_user").scalar_one()
        return bool(connection.execute(sa.text(_MAY_ALTER), {"role": me}).scalar_one())


def _require_lesser(connection: Connection, role: str) -> None:
    exists = connection.execute(
        sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = :role"), {"role": role}
    ).scalar_one_or_none()
    if exists is None:
        raise Refused(
            f"Det finns ingen roll {role} i PostgreSQL; skapa den först med CREATE ROLE.",
            f"There is no role {role} in PostgreSQL; make it first with CREATE ROLE.",
        )
    if exists or connection.execute(sa.text(_MAY_ALTER), {"role": role}).scalar_one():
        raise Refused(
            f"Rollen {role} äger tabellerna eller är superuser, och kan inte begränsas; "
            "välj en annan.",
            f"The role {role} owns the tables or is a superuser, and can't be limited; choose "
            "another.",
        )


def _require_no_creating(connection: Connection, role: str) -> None:
    if connection.execute(sa.text(_MAY_CREATE), {"role": role}).scalar_one():
        raise Refused(
            f"Rollen {role} kan fortfarande skapa tabeller, genom en roll som den är medlem i; "
            "ta bort medlemskapet.",
            f"The role {role} can still create tables, through a role it is a member of; end "
            "that membership.",
        )


def _require_no_changing(connection: Connection, role: str) -> None:
    """Ask PostgreSQL itself: what was taken from the role it may have by another."""
    for name, is_append_only in connection.exec_driver_sql(_TABLES).fetchall():
        if not is_append_only:
            continue
        asked = {"role": role, "table": name}
        by = connection.execute(sa.text(_MAY_CHANGE), asked).scalars().first()
        if by is not None:
            raise Refused(
                f"Rollen {role} kan fortfarande ändra {name}, genom rollen {by} som den är medlem "
                "i; ta bort medlemskapet.",
                f"The role {role} can still change {name}, through the role {by} it is a member "
                "of; end that membership.",
            )


def _grant(connection: Connection, role: str) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    here = connection.exec_driver_sql("SELECT current_database()").scalar_one()
    to, database = quote(role), quote(here)
    statements = [
        # Before PostgreSQL 15 everybody might create tables here.
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
        f"REVOKE ALL ON SCHEMA public FROM {to}",
        f"REVOKE ALL ON DATABASE {database} FROM {to}",
        f"GRANT CONNECT ON DATABASE {database} TO {to}",
        f"GRANT USAGE ON SCHEMA public TO {to}",
    ]
    for name, is_append_only in connection.exec_driver_sql(_TABLES).fetchall():
        may = SPECIAL.get(name, APPEND_ONLY if is_append_only else CHANGEABLE)
        statements.append(f"REVOKE ALL ON {quote(name)} FROM PUBLIC, {to}")
        statements.append(f"GRANT {may} ON {quote(name)} TO {to}")
    for (name,) in connection.exec_driver_sql(_SEQUENCES).fetchall():
        statements.append(f"REVOKE ALL ON SEQUENCE {quote(name)} FROM PUBLIC, {to}")
        statements.append(f"GRANT USAGE ON SEQUENCE {quote(name)} TO {to}")
    for statement in statements:
        connection.execute(sa.text(statement.replace(":", r"\:")))
