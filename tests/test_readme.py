"""README.md tells the truth: its tutorial is run, and what its tables name exists."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.main import get_command

from portfolio.access.rules import SIGNED_IN
from portfolio.cli.main import app
from portfolio.database.engine import make_engine
from portfolio.sample.loading import load_once
from portfolio.settings import PREFIX, Settings
from tests.serving import running_server

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACEHOLDER = re.compile(r"^([A-Z]+)=pf_…$", re.MULTILINE)
MARK = "=-=-=-= the next block"
LEFT_OUT = "…"

Lines = Sequence[str]


@dataclass(frozen=True)
class Step:
    """A block of commands, and what the README shows as their answer."""

    commands: str
    answer: str


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def tutorial() -> list[Step]:
    found: list[Step] = []
    for language, text in FENCE.findall(section("Tutorial")):
        if language == "bash":
            found.append(Step(text, ""))
        else:
            found[-1] = Step(found[-1].commands, text)
    return found


def lines_of(text: str) -> list[str]:
    # A CSV file begins with a byte order mark, which nobody sees.
    return [line.strip("\ufeff ") for line in text.strip().splitlines()]


def runs_of(answer: Lines) -> list[list[str]]:
    """What stands between the lines that say that something is left out."""
    runs: list[list[str]] = [[]]
    for line in answer:
        if line == LEFT_OUT:
            runs.append([])
        else:
            runs[-1].append(line)
    return runs


def is_same(shown: str, real: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in shown.split(LEFT_OUT))
    return re.fullmatch(pattern, real) is not None


def find_run(run: Lines, real: Lines, begin: int) -> int | None:
    """Where in the real answer these lines follow each other."""
    for start in range(begin, len(real) - len(run) + 1):
        if all(is_same(shown, real[start + n]) for n, shown in enumerate(run)):
            return start
    return None


def difference(shown: Lines, real: Lines) -> str | None:
    """What the README shows that was not answered there; None if all of it was.

    Only where it says so, by a line with an ellipsis, has anything been left out.
    """
    runs = runs_of(shown)
    position = 0
    for n, run in enumerate(runs):
        is_first, is_last = n == 0, n == len(runs) - 1
        begin = len(real) - len(run) if is_last and not is_first else position
        start = find_run(run, real, begin) if begin >= position else None
        if start is None or (is_first and start != 0):
            return "\n".join(run)
        position = start + len(run)
    return None if runs[-1] == [] or position == len(real) else "more than is shown"


def script(steps: Sequence[Step], url: str, tokens: Mapping[str, str]) -> str:
    text = f"\necho; echo '{MARK}'\n".join(step.commands for step in steps)
    text = re.sub(r"^URL=.*$", f"URL={url}", text, count=1, flags=re.MULTILINE)
    return PLACEHOLDER.sub(lambda found: f"{found[1]}={tokens[found[1].lower()]}", text)


@pytest.fixture
def tokens(database_url: str) -> Mapping[str, str]:
    """Keys of the sample municipality, which is in the database then."""
    engine = make_engine(database_url)
    loaded = load_once(engine)
    engine.dispose()
    assert loaded is not None
    return loaded.tokens


def run_bash(text: str, home: Path, database_url: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    outcome = subprocess.run(
        ["bash"],  # noqa: S607  # whichever bash there is
        input=text,
        cwd=ROOT,
        env={
            "PATH": path,
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "80",
            "PORTFOLIO_DATABASE_URL": database_url,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=90,
        check=False,
    )
    return outcome.stdout


@pytest.mark.slow
def test_the_tutorial_answers_what_the_readme_shows(tokens, database_url, tmp_path):
    steps = tutorial()
    with running_server(database_url, quiet=True) as url:
        output = run_bash(script(steps, url, tokens), tmp_path, database_url)

    answers = output.split(MARK)
    assert len(answers) == len(steps), output
    for step, answer in zip(steps, answers, strict=True):
        missing = difference(lines_of(step.answer), lines_of(answer)) if step.answer else None
        assert missing is None, f"{step.commands}\nanswered\n{answer}\nand not\n{missing}"


def test_a_command_without_an_answer_only_sets_things_up():
    """Whatever asks something shows what it got."""
    silent = [step.commands for step in tutorial() if not step.answer]

    assert len(tutorial()) > 20
    assert all("\ncurl" not in commands and "portfolio " not in commands for commands in silent)


@pytest.mark.parametrize(
    ("shown", "real", "is_true"),
    [
        ("a\nb", "a\nb", True),
        ("a\nb", "a\nx\nb", False),
        ("a\n…\nb", "a\nx\nb", True),
        ("a\n…", "a\nx", True),
        ("a", "a\nx", False),
        ("…\nb", "a\nb", True),
        ("…\nb", "b\na", False),
        ("b\n…", "a\nb", False),
        ('"id": …', '"id": 12,', True),
        ("a\n…\nb\n…\nc", "a\nb\nx\nc", True),
        ("a\n…\nc\n…\nb", "a\nb\nc", False),
    ],
)
def test_only_an_ellipsis_leaves_something_out(shown, real, is_true):
    assert (difference(lines_of(shown), lines_of(real)) is None) is is_true


def test_every_setting_is_in_the_table_with_its_default():
    table = section("Settings")

    for name, field in Settings.model_fields.items():
        assert f"| `{PREFIX}{name.upper()}` | `{field.default}` |" in table


def test_every_command_is_in_the_table():
    table = section("The command line")
    commands = get_command(app).commands  # type: ignore[attr-defined]  # a group has them

    for name, command in commands.items():
        for full in [f"{name} {sub}" for sub in getattr(command, "commands", {})] or [name]:
            assert f"`portfolio {full}" in table, full


def test_every_role_is_in_the_table():
    table = section("Who may do what")

    assert [role for role in sorted(SIGNED_IN) if f"| `{role}` |" not in table] == []


def test_what_the_readme_points_at_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    places = re.findall(r"`([\w/]+(?:/|\.py))`", section("Where the code for what lives"))

    missing = [link for link in links if not (ROOT / link).exists()]
    package = ROOT / "src" / "portfolio"
    generic = {"rules.py", "models.py", "schemas.py", "repository.py", "service.py", "router.py"}
    missing += [
        place
        for place in places
        if place not in generic and not ((package / place).exists() or (ROOT / place).exists())
    ]

    assert missing == []
