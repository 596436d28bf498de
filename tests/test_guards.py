"""What must hold in the whole of the code, whoever changes it."""

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from alembic import command
from fastapi.testclient import TestClient
from sqlalchemy import Engine, inspect, text

from portfolio import errors
from portfolio.database.migrations import alembic_config, is_migrated, migrate
from portfolio.errors import PortfolioError
from portfolio.web.problems import ALL_PROBLEMS, PROBLEMS
from tests.conftest import DatabaseFactory
from tests.events.calls import every_write

Keys = dict[str, dict[str, str]]
REPOSITORY = Path(__file__).resolve().parents[1]
SOURCE = REPOSITORY / "src" / "portfolio"
MODULES = sorted(SOURCE.rglob("*.py"))

# The contract's problem types, and two for what it does not speak of.
PROBLEM_TYPES = {
    "not-found",
    "method-not-allowed",
    "unauthorized",
    "forbidden",
    "invalid-body",
    "invalid-parameter",
    "precondition-required",
    "precondition-failed",
    "idempotency-conflict",
    "too-large",
    "unsupported-media-type",
    "rate-limited",
    "conflict",
    "internal",
    "assessment-incomplete",
    "assessment-locked",
    "decision-refused",
    "investment-closed",
    "steering-change-refused",
    "reallocation-refused",
    "rate-missing",
    "import-not-applicable",
    "in-use",
    "unreadable-file",
    "unknown-crs",
    "too-slow",
    "unavailable",
}
# Statements that change many rows at once leave no trace of their own; each of these either
# records the change beside it or changes nothing that people decided.
BULK_CHANGES = {
    "programs/service.py",  # the areas of a program, inside its own event
    "web/idempotency.py",  # keys that have expired
    "outcome_imports/repository.py",  # postings that an import brings, replaces or drops
    "investments/marks.py",  # where investments are drawn, which follows from where they are
    "area_imports/repository.py",  # features of a preview, and shares that an import retracts
    "access/uses.py",  # when keys were last used
    "database/replacing.py",  # what migrations put into an empty database that is restored into
}
# Who is told the settings, rather than looking them up.
KNOWS_SETTINGS = {
    "app.py",
    "server.py",
    "watching/logs.py",
    "watching/masking.py",
    "watching/stopping.py",
    "web/dependencies.py",
    "web/edge.py",
}


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def modules_with(pattern: str) -> set[str]:
    return {name_of(path) for path in MODULES if re.search(pattern, path.read_text("utf-8"))}


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Every imported (module, name); the name is empty for `import module`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def subclasses(kind: type[PortfolioError]) -> set[type[PortfolioError]]:
    direct = set(kind.__subclasses__())
    return direct | set(chain.from_iterable(subclasses(one) for one in direct))


def test_only_the_database_package_knows_that_there_are_two_engines():
    found = modules_with(r"dialect\.name|get_backend_name|drivername|[\"'](sqlite|postgresql)[\"']")

    assert {name for name in found if not name.startswith("database/")} == set()


def test_no_query_skips_rows_to_reach_its_page():
    assert modules_with(r"\.offset\(|\bOFFSET\b") == set()


def test_bulk_changes_are_those_that_are_known():
    found = {
        name_of(path)
        for path in MODULES
        for module, name in imports(path)
        if module.partition(".")[0] in ("sqlmodel", "sqlalchemy") and name in ("update", "delete")
    }

    assert found | modules_with(r"sa\.(update|delete)\(") == BULK_CHANGES


def test_only_the_wiring_reads_settings():
    found = {
        name_of(path)
        for path in MODULES
        for module, name in imports(path)
        if f"{module}.{name}".startswith("portfolio.settings")
    }

    assert {name for name in found if not name.startswith("cli/")} == KNOWS_SETTINGS


def test_nothing_but_settings_looks_at_the_environment():
    reading = modules_with(r"os\.environ|getenv")

    # The reader of boundary files builds an environment for its child; the command line asks
    # which language the terminal is in; prometheus_client takes the folder that the processes of
    # a server share from a variable of its own.
    own = {"watching/exposition.py", "watching/stopping.py"}
    assert reading <= {"settings.py", "cli/common.py", "areas/cage.py"} | own


def test_every_error_has_a_status_and_a_problem_type():
    assert set(PROBLEMS) == subclasses(PortfolioError)


def test_the_tree_of_errors_is_told_whole():
    told = set(re.findall(r"\b[A-Z][A-Za-z]+\b", errors.__doc__.partition("`portfolio")[0]))

    names = {kind.__name__ for kind in subclasses(PortfolioError)} | {"PortfolioError"}
    assert told - {"Everything", "HTTP"} == names


def test_every_problem_type_of_the_contract_is_there_and_has_a_page(client: TestClient):
    assert set(ALL_PROBLEMS) == PROBLEM_TYPES
    for name in PROBLEM_TYPES:
        page = client.get(f"/problems/{name}")
        assert page.status_code == 200
        assert name in page.text


def test_modules_are_short_enough_to_be_read():
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}

    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_functions_are_short_enough_to_be_read():
    lengths = {
        f"{name_of(path)}: {node.name}": length_of(node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: length for name, length in lengths.items() if length > 40} == {}


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of its body, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_migrations_and_models_agree(database_url: str):
    command.check(alembic_config(database_url))


def test_a_database_is_migrated_only_when_it_has_the_newest_schema(engine: Engine):
    assert is_migrated(engine)
    command.downgrade(alembic_config(engine.url.render_as_string(False)), "-1")
    assert not is_migrated(engine)


@pytest.mark.parametrize("revision", ["base", "0001"])
def test_migrations_go_down_and_up_again_with_data_in_the_tables(
    client: TestClient, keys: Keys, engine: Engine, revision: str
):
    for _ in every_write(client, keys["admin"]):
        continue
    url = engine.url.render_as_string(False)
    engine.dispose()

    command.downgrade(alembic_config(url), revision)
    tables = set(inspect(engine).get_table_names())
    migrate(url)
    migrate(url)

    assert ("investment" in tables) == (revision != "base")
    command.check(alembic_config(url))
    with engine.connect() as connection:
        codes = connection.execute(text("SELECT code FROM body ORDER BY code")).scalars().all()
    expected = ["council", "executive_board"]
    assert codes == (expected if revision == "base" else ["committee", *expected])


def test_a_new_database_has_what_is_there_from_the_start(
    client: TestClient, keys: Keys, database_factory: DatabaseFactory
):
    viewer = keys["viewer"]

    def listed(path: str, field: str = "code") -> list[str]:
        return [one[field] for one in client.get(path, headers=viewer).json()["items"]]

    assert listed("/v1/bodies") == ["council", "executive_board"]
    assert listed("/v1/gate-templates") == ["light", "micro", "standard"]
    levels = client.get("/v1/decision-levels", headers=viewer).json()["items"]
    assert [(one["level"], one["above"]) for one in levels] == [
        ("executive_board", "15000000.00"),
        ("council", "50000000.00"),
    ]
