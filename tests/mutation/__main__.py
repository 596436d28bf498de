"""Mutation testing of the rules: `python -m tests.mutation [SUITE ...]`.

mutmut copies what it mutates; this gives it a small tree of its own in a temporary folder, with
the pure tests only, so that no test starts a database or a server. A mutant that no test notices
must be explained in survivors.md, and nine of ten must be noticed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
EXPLANATIONS = Path(__file__).with_name("survivors.md")
LEAST_PERCENT = 90
# mutmut's exit codes: a test failed, or the time that a mutant is given ran out.
KILLED = frozenset({1, 3, -24, 24, 36, 152, 255})
# What is not run tells nothing: those that are left out on purpose.
LEFT_OUT = frozenset({34})


@dataclass(frozen=True)
class Suite:
    """Modules under src/portfolio, and the tests (no HTTP in them) that hold them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


SUITES = {
    "gates": Suite(
        ("gates/rules", "gates/deciding", "gates/assessing", "gates/who_decides"),
        (
            "gates/test_rules.py",
            "gates/test_deciding.py",
            "gates/test_deciding_bodies.py",
            "gates/test_assessing.py",
            "gates/test_pointers.py",
        ),
    ),
    "shares": Suite(
        ("shares", "amounts"), ("test_shares.py", "test_shares_bounds.py", "test_amounts.py")
    ),
    "money": Suite(("money/rules", "amounts"), ("money/test_rules.py", "test_amounts.py")),
    "capital": Suite(("costs/capital",), ("costs/test_capital.py",)),
    "budget": Suite(("budget/rules",), ("budget/test_rules.py",)),
    "steering": Suite(("steering/rules",), ("steering/test_rules.py",)),
    "social": Suite(("social/rules",), ("social/test_rules.py",)),
}
# A line that is a sentence, in either language, and no more: wording is no rule.
SENTENCE = r'^\s*(\(|Text\(|raise \w+\()?f?"[^"]*( |\.")[^"]*"?[^"]*"?,?\)?,?$'
CONFTEST = """\
import hypothesis

hypothesis.settings.register_profile(
    "mutation", deadline=None, max_examples=40, derandomize=True, database=None
)
hypothesis.settings.load_profile("mutation")
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("suites", nargs="*", help=f"of {', '.join(SUITES)}; none: all")
    parser.add_argument("--processes", default="2")
    chosen = parser.parse_args()
    unknown = set(chosen.suites) - set(SUITES)
    if unknown:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="portfolio-mutation-") as folder:
        work = Path(folder)
        lay_out(work, [SUITES[name] for name in chosen.suites or SUITES])
        codes = run(work, chosen.processes)
        return judged(work, codes)


def lay_out(work: Path, suites: Iterable[Suite]) -> None:
    """The tree that mutmut works in."""
    suites = list(suites)
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("src", "docs"):  # some tests hold what the documentation says
        shutil.copytree(REPOSITORY / folder, work / folder, ignore=ignored)
    tests = sorted({name for suite in suites for name in suite.tests})
    for file in (REPOSITORY / "tests").rglob("*.py"):
        name = file.relative_to(REPOSITORY / "tests").as_posix()
        # Whatever a test imports is there too; what only looks like one is not collected.
        if name in tests or not (file.name.startswith("test_") or file.name == "conftest.py"):
            copy = work / "tests" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    (work / "tests" / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    modules = sorted({f"src/portfolio/{name}.py" for suite in suites for name in suite.modules})
    (work / "pyproject.toml").write_text(configuration(modules, tests), encoding="utf-8")


def configuration(modules: list[str], tests: list[str]) -> str:
    plugins = ["-p", "no:schemathesis", "-p", "no:xdist", "-p", "no:cacheprovider"]
    selected = [f"tests/{name}" for name in tests]
    return f"""\
[tool.pytest.ini_options]
pythonpath = ["."]
addopts = ["--import-mode=importlib"]
timeout = 60

[tool.mutmut]
source_paths = ["src"]
also_copy = ["docs"]
only_mutate = {json.dumps(modules)}
do_not_mutate_patterns = [{json.dumps(SENTENCE)}]
pytest_add_cli_args = {json.dumps(plugins)}
pytest_add_cli_args_test_selection = {json.dumps(selected)}
use_git_change_detection = false
timeout_constant = 5.0
"""


def run(work: Path, processes: str) -> dict[str, int | None]:
    """The exit code of the tests for each mutant, by mutmut's name for it."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", processes]
    environment = {**os.environ, "PYTHONPATH": "", "NO_COLOR": "1"}
    done = subprocess.run(  # noqa: S603
        command, cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    found: dict[str, int | None] = {}
    for file in (work / "mutants" / "src").rglob("*.meta"):
        found |= json.loads(file.read_text("utf-8"))["exit_code_by_key"]
    if done.returncode or not found or None in found.values():
        sys.stderr.write(done.stdout[-6000:] + done.stderr[-3000:])
        raise SystemExit("mutmut did not get to its end")
    return found


def judged(work: Path, codes: dict[str, int | None]) -> int:
    """Print the score and who survived; 1 for too many, or for more than are explained."""
    tried = {name: code for name, code in codes.items() if code not in LEFT_OUT}
    survivors = [name for name, code in tried.items() if code not in KILLED]
    score = 100 * (len(tried) - len(survivors)) / len(tried)
    for module, (killed, total) in by_module(tried):
        print(f"{100 * killed / total:6.1f} %  {killed:4} of {total:4}  {module}")  # noqa: T201
    print(f"{score:6.1f} %  {len(tried) - len(survivors)} of {len(tried)} mutants noticed")  # noqa: T201
    explained = explanations(EXPLANATIONS.read_text("utf-8"))
    found = Counter(function_of(name) for name in survivors)
    new = {name for name, count in found.items() if count > explained.get(name, 0)}
    for name in survivors:
        if function_of(name) in new:
            print(f"not noticed: {function_of(name)}\n{difference(work, name)}")  # noqa: T201
    for name in sorted(new):
        print(f"{name}: {found[name]} survive, {explained.get(name, 0)} are explained")  # noqa: T201
    return int(score < LEAST_PERCENT or bool(new))


def explanations(text: str) -> dict[str, int]:
    """How many mutants of each function are known to survive: rows `| name | number | why |`."""
    rows = re.findall(r"^\| `([^`]+)` \| (\d+) \|", text, re.MULTILINE)
    return {name: int(number) for name, number in rows}


def function_of(name: str) -> str:
    """`gates.rules.derive` for `portfolio.gates.rules.x_derive__mutmut_3`; a method by its name."""
    module, _, function = name.partition("__mutmut_")[0].rpartition(".")
    bare = function.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
    return f"{module.removeprefix('portfolio.')}.{bare}"


def by_module(codes: dict[str, int | None]) -> Iterator[tuple[str, tuple[int, int]]]:
    modules = sorted({name.rpartition(".")[0] for name in codes})
    for module in modules:
        mine = [code for name, code in codes.items() if name.rpartition(".")[0] == module]
        yield module, (sum(code in KILLED for code in mine), len(mine))


def difference(work: Path, name: str) -> str:
    """What a mutant changes: mutmut's numbers move with every line that is added."""
    command = [sys.executable, "-m", "mutmut", "show", name]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)  # noqa: S603
    lines = done.stdout.splitlines()
    changed = [one for one in lines if one[:1] in "+-" and one[:3] not in ("---", "+++")]
    return "\n".join(f"    {one}" for one in changed)


if __name__ == "__main__":
    sys.exit(main())
