"""What the code never does, so that docs/security.md can say so of all of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from portfolio.web.pages import PAGE_FILES, STATIC

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "portfolio"
MODULES = sorted(SOURCE.rglob("*.py"))
SCRIPTS = [path for path in sorted(PAGE_FILES.rglob("*.js")) if "vendor" not in path.parts]

# What makes code, commands or objects of data.
MAKERS = frozenset({"eval", "exec", "compile", "__import__"})
UNSAFE = frozenset({"pickle", "marshal", "shelve", "yaml", "dill", "jsonpickle", "commands"})
REACHING_OUT = frozenset(
    {"urllib.request", "http.client", "requests", "httpx", "httpx2", "aiohttp", "urllib3"}
    | {"smtplib", "ftplib", "ldap", "ldap3", "telnetlib", "xmlrpc.client"}
)
WEAK = frozenset({"md5", "sha1", "new"})


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in MODULES:
        yield name_of(path), ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def called(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_no_code_command_or_object_is_made_of_data():
    for module, tree in trees():
        assert not imported(tree) & UNSAFE, module
        for name, call in called(tree):
            assert name not in MAKERS, f"{module}:{call.lineno}"
            assert name not in ("os.system", "os.popen"), f"{module}:{call.lineno}"
            words = {word.arg for word in call.keywords}
            assert "shell" not in words, f"{module}:{call.lineno}"


def test_only_the_identity_provider_is_asked_for_anything():
    """Traces go by the SDK's own exporter, which is loaded only where a collector is named."""
    asking = {module for module, tree in trees() if imported(tree) & REACHING_OUT}

    assert asking == {"access/provider.py"}


def test_tls_is_never_told_to_believe_anybody():
    for module, tree in trees():
        text = ast.unparse(tree)
        for way in ("CERT_NONE", "check_hostname", "_create_unverified", "verify=False"):
            assert way not in text, f"{module}: {way}"


def test_chance_comes_from_the_operating_system_and_hashes_are_strong():
    for module, tree in trees():
        names = imported(tree)
        assert "random" not in names, module
        assert not {f"hashlib.{weak}" for weak in WEAK} & names, module
        for name, call in called(tree):
            first, _, last = name.rpartition(".")
            assert not (first == "hashlib" and last in WEAK), f"{module}:{call.lineno}"


# Where a name that can't be bound is put into a statement: a pragma, a lock's number, a trigger or
# a role that is quoted, a table of the file that the caged reader has open. None comes by HTTP.
PUTTING_NAMES_IN = {
    "areas/geopackage.py",
    "database/engine.py",
    "database/migrations.py",
    "database/replacing.py",
    "database/roles.py",
}


def test_statements_are_written_by_us_and_values_are_bound():
    made = {
        module
        for module, tree in trees()
        for name, call in called(tree)
        if name.rpartition(".")[2] in ("text", "execute", "exec_driver_sql", "executescript")
        and name not in ("text", "hypothesis.text")
        and call.args
        and _is_put_together(call.args[0])
    }

    assert made == PUTTING_NAMES_IN


def _is_put_together(argument: ast.expr) -> bool:
    if isinstance(argument, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in argument.values)
    if isinstance(argument, ast.Call):
        last = ast.unparse(argument.func).rpartition(".")[2]
        return last in ("format", "replace", "join")
    return isinstance(argument, ast.BinOp)


def test_the_page_opens_nothing_hears_nobody_and_keeps_no_cookie():
    ways = re.compile(
        r"postMessage|addEventListener\(\s*[\"']message|document\.(cookie|domain)|window\.open"
        r"|javascript:|importScripts|\.src\s*=|location\s*=[^=$]|location\.(assign|replace)\("
    )
    assert [path.name for path in SCRIPTS if ways.search(path.read_text("utf-8"))] == []


def test_the_page_has_no_address_of_anybody_else():
    pages = [PAGE_FILES / "index.html", STATIC / "docs.html", *SCRIPTS]
    elsewhere = re.compile(r"""(?:src|href|import|fetch\(|from)\s*=?\s*["'](?:https?:)?//""")

    assert [path.name for path in pages if elsewhere.search(path.read_text("utf-8"))] == []


def test_the_page_puts_nothing_under_a_name_that_came_from_elsewhere():
    """A name such as `__proto__` would change every object; texts by name are kept in a `Map`."""
    puts = re.compile(r"[\w)\]]\[[A-Za-z_$][\w.$]*\]\s*=[^=>]|for \((?:const|let|var) \w+ in ")

    found = {path.name for path in SCRIPTS if puts.search(path.read_text("utf-8"))}
    # By a year, and by a level of which the server knows three.
    assert found == {"figures.js", "standing.js"}


def test_nobody_is_sent_to_another_address():
    for module, tree in trees():
        assert "RedirectResponse" not in ast.unparse(tree), module


def test_no_pattern_is_made_of_data():
    for module, tree in trees():
        for name, call in called(tree):
            if name.startswith("re.") and call.args:
                for part in ast.walk(call.args[0]):
                    ok = not isinstance(part, ast.Name) or part.id.isupper() or part.id in CONSTANT
                    assert ok, f"{module}:{call.lineno}"


# A loop over the patterns of a constant.
CONSTANT = frozenset({"signature", "sign"})


def test_every_library_is_locked_with_its_hash():
    for name in ("run.txt", "dev.txt", "tools.txt", "provider.txt"):
        text = (ROOT / "requirements" / name).read_text("utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

        assert lines
        for line in lines:
            assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,_-]+\])?==[^ ]+", line), f"{name}: {line[:60]}"
            assert "--hash=sha256:" in line, f"{name}: {line[:60]}"
