"""docs/security.md names tests that exist, and leaves out no number of the two lists."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
REFERENCE = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
LINK = re.compile(r"\]\(([a-z-]+\.md)?(?:#([\w-]+))?\)")
NUMBER = re.compile(r"\b\d+\.\d+\.\d+\b")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+[^|]*) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
# OWASP ASVS 5.0.0: how many requirements of levels 1 and 2 each section begins with. Those of
# level 3 come last in their section.
SECTIONS = {
    "1": (2, 9, 11, 3, 2),
    "2": (3, 3, 4, 1),
    "3": (0, 2, 4, 6, 5, 0, 2),
    "4": (3, 1, 2, 4),
    "5": (1, 3, 2, 3),
    "6": (3, 12, 4, 4, 5, 3, 0, 4),
    "7": (3, 4, 2, 5, 2, 2),
    "8": (2, 3, 1, 1),
    "9": (3, 4),
    "10": (2, 2, 4, 11, 5, 2, 3),
    "11": (2, 3, 3, 4, 1, 1),
    "12": (3, 2, 4),
    "13": (1, 5, 2, 5),
    "14": (2, 4, 3),
    "15": (3, 3, 7),
    "16": (1, 5, 4, 3, 3),
    "17": (1, 4, 2),
}
WHOLE = 253


def part(begins: str, ends: str | None = None) -> str:
    found = PAGE.split(begins, 1)[1]
    return found.split(ends, 1)[0] if ends else found


def asked() -> list[str]:
    return [
        f"{chapter}.{section}.{number}"
        for chapter, counts in SECTIONS.items()
        for section, count in enumerate(counts, 1)
        for number in range(1, count + 1)
    ]


@cache
def functions_in(path: str) -> frozenset[str]:
    """The test functions of a module, of which none is imported."""
    file = ROOT / path
    tree = ast.parse(file.read_text("utf-8")) if file.exists() else ast.Module([], [])
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, functions))


@cache
def headings(name: str) -> frozenset[str]:
    """The anchors of a page, as those who show Markdown make them of its headings."""
    file = ROOT / "docs" / name
    if not file.exists():
        return frozenset()
    text = re.sub(r"^```.*?^```$", "", file.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return frozenset(re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in found)


def test_every_test_that_is_named_exists():
    named = set(REFERENCE.findall(PAGE))

    assert len(named) > 200
    assert sorted(f"{path}::{name}" for path, name in named if name not in functions_in(path)) == []
    # Nothing that looks like a test is written in a way that is not looked up.
    assert PAGE.count("::test_") == len(REFERENCE.findall(PAGE))


@pytest.mark.parametrize("number", range(1, 11))
def test_each_of_the_ten_risks_is_held_by_tests(number: int):
    listed = part("## OWASP API Security Top 10", "\n## ")
    risk = listed.split(f"### API{number} ", 1)[1].split("\n### ", 1)[0]
    lines = re.findall(r"^- .+(?:\n  .+)*", risk, re.MULTILINE)

    assert len(lines) >= 3
    for line in lines:
        assert REFERENCE.search(line) or line.startswith("- NOT HELD: "), line


def test_each_requirement_of_the_standard_is_answered_once():
    named = Counter(number for row in ROW.findall(PAGE) for number in NUMBER.findall(row[0]))

    assert len(asked()) == WHOLE
    assert sorted(set(asked()) - named.keys()) == []
    assert sorted(named.keys() - set(asked())) == []
    assert [number for number, times in named.items() if times > 1] == []


def test_each_answer_is_a_test_a_reason_or_a_place_in_the_operators_book():
    for numbers, words, held in ROW.findall(PAGE):
        assert words.strip(), numbers
        reason = re.search(r"^(?:does not apply|NOT HELD): (.{5,})", held)
        operators = re.search(r"the operator: \[[^]]+\]\(operations\.md#[\w-]+\)", held)

        assert reason or operators or REFERENCE.search(held), numbers


def test_every_place_that_is_linked_exists():
    for name, anchor in LINK.findall(PAGE):
        found = headings(name or "security.md")

        assert found, name
        assert not anchor or anchor in found, f"{name}#{anchor}"


def test_what_is_not_held_is_told_at_the_top():
    told = part("## OWASP ASVS", "### V1 ")
    sentence = re.search(r"^(\d+) are not held, [^:]*: ([\d.,\s]+)\.$", told, re.MULTILINE)
    not_held = [
        number
        for numbers, _, held in ROW.findall(PAGE)
        for number in NUMBER.findall(numbers)
        if "NOT HELD" in held
    ]

    assert sentence is not None
    assert NUMBER.findall(sentence[2]) == not_held
    assert int(sentence[1]) == len(not_held)
