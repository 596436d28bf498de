"""What the tests of backups share: filled databases, empty ones, and what a server shows."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from portfolio.access.rules import Role
from portfolio.cli.common import act
from portfolio.database.engine import make_engine, snapshot, transaction
from portfolio.database.migrations import migrate
from portfolio.events.service import verify
from portfolio.hashing import sha256
from portfolio.keeping.archive import DIGITS, LABEL
from portfolio.keeping.backups import back_up
from portfolio.keeping.manifest import Manifest
from portfolio.keeping.restoring import restore
from portfolio.keeping.upgrading import checked_archive, newest_archive
from portfolio.language import Text
from tests.databases import DatabaseFactory
from tests.events.calls import every_write
from tests.memory import begin
from tests.scenario import Headers
from tests.serving import key_headers


def silent(doing: Text, done: int, total: int) -> None:
    """Progress that nobody watches."""


def fill(client: TestClient, admin: Headers) -> None:
    """Nearly every table, by one call of each route that writes."""

    def send() -> None:
        for _, route, response in every_write(client, admin):
            assert response.is_success, f"{route}: {response.text}"

    begin(client, f"every write by {admin}", send)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = make_engine(url, pool_size=2)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def empty_database(databases: DatabaseFactory) -> Iterator[str]:
    url = databases.new_migrated()
    try:
        yield url
    finally:
        databases.drop(url)


def sqlite_at(path: Path) -> str:
    """A migrated SQLite database, whatever engine the tests run on."""
    url = f"sqlite:///{path}"
    migrate(url)
    return url


def backup_of(url: str, path: Path) -> Manifest:
    with opened(url) as engine:
        return back_up(engine, path, silent)


def restore_into(url: str, path: Path) -> int:
    """How many keys of the database were kept."""
    with (
        opened(url) as engine,
        checked_archive(path, silent) as archive,
        newest_archive(archive, silent) as newest,
    ):
        return restore(engine, newest, act(engine), silent).kept


def new_key(url: str) -> Headers:
    with opened(url) as engine, transaction(engine) as session:
        return key_headers(session, Role.ADMIN)


def hashes(manifest: Manifest) -> dict[str, tuple[int, str]]:
    return {table.name: (table.rows, table.sha256) for table in manifest.tables}


def events_of(url: str) -> int:
    """How many events there are in a chain that is whole."""
    with opened(url) as engine, snapshot(engine) as session:
        total, problem = verify(session)
    assert problem is None, problem
    return total


def count(url: str, table: str) -> int:
    with opened(url) as engine, engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def everything(client: TestClient, application: FastAPI, headers: Headers) -> dict[str, bytes]:
    """The body of every address that can be reached from lists, by address."""
    shown: dict[str, bytes] = {}
    for path in sorted(application.openapi()["paths"], key=lambda path: path.count("/")):
        if "get" not in application.openapi()["paths"][path] or not path.startswith("/v1/"):
            continue
        for address in _addresses(client, path, headers):
            answer = client.get(address, headers=headers)
            if answer.is_success and "json" in answer.headers["content-type"]:
                shown[address] = answer.content
    return shown


def _addresses(client: TestClient, path: str, headers: Headers) -> list[str]:
    """The path with the codes or ids of what is listed above it, three of each at most."""
    addresses = [""]
    for part in path.strip("/").split("/"):
        if not part.startswith("{"):
            addresses = [f"{address}/{part}" for address in addresses]
            continue
        addresses = [
            f"{address}/{name}"
            for address in addresses
            for name in _names(client.get(address, headers=headers), part.strip("{}"))[:3]
        ]
    return addresses


def _names(answer: Any, parameter: str) -> list[Any]:
    items = answer.json().get("items", []) if answer.is_success else []
    candidates = (parameter, "code", "id", "round", "number")
    return [
        next(item[name] for name in candidates if name in item)
        for item in items
        if isinstance(item, dict) and any(name in item for name in candidates)
    ]


def sealed(path: Path) -> None:
    """Give a zip the hash of its own content, as somebody would who wants to deceive."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = LABEL + b"0" * DIGITS
    content = path.read_bytes()[:-DIGITS]
    path.write_bytes(content + hashlib.sha256(content).hexdigest().encode())


def rewritten(whole: bytes, path: Path, parts: dict[str, bytes], **changes: object) -> Path:
    """A backup with other parts, and a manifest with other entries, that looks whole."""
    path.write_bytes(whole)
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()} | parts
    manifest = orjson.loads(found.pop("manifest.json")) | changes
    for table in manifest["tables"]:
        lines = found.get(f"tables/{table['name']}.jsonl", b"")
        table["sha256"] = hashlib.sha256(lines).hexdigest()
        table["rows"] = lines.count(b"\n")
    del manifest["sha256"]
    if manifest["numbers"] is None:
        del manifest["numbers"]
    manifest["sha256"] = sha256(manifest)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
        archive.writestr("manifest.json", orjson.dumps(manifest))
    sealed(path)
    return path


def without_numbers(path: Path, other: Path) -> Path:
    """The backup as it would have been before it said which numbers were given."""
    return rewritten(path.read_bytes(), other, {}, numbers=None)
