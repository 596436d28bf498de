"""Every text of the page stands in the catalogue, in Swedish and in English, and is used."""

import json
import re
from pathlib import Path

from portfolio.web.pages import PAGE_FILES

CATALOGUE = sorted((PAGE_FILES / "texts").glob("*.js"))
CODE = sorted(
    path
    for path in PAGE_FILES.rglob("*.js")
    if "vendor" not in path.parts and path not in CATALOGUE
)
STRING = r'"(?:[^"\\\\]|\\\\.)*"'
ENTRY = re.compile(rf"^\s*({STRING}):\s*\[\s*({STRING}),\s*({STRING}),?\s*\],?$", re.MULTILINE)
LINE = re.compile(r'^\s*"', re.MULTILINE)
PLACE = re.compile(r"\{(\w+)\}")
SAID = re.compile(r'\bt\(\s*"([^"]+)"')
# The group may be chosen: `label(me ? "place.all" : "place.public", measure)`.
LABELLED = re.compile(r"\blabel\(([^,`]*),")
QUOTED = re.compile(r'"([^"]+)"')
# Keys that a table of the frame hands on, such as `title: "place.title"`.
HANDED_ON = re.compile(r'\btitle: "([^"]+)"')
# What stands between two tags of a template, beside what is filled in.
BETWEEN_TAGS = re.compile(r">([^<>`${}]*)</")
A_WORD = re.compile(r"[A-Za-zÅÄÖåäö]{2,}")


def entries(path: Path) -> dict[str, tuple[str, str]]:
    found = ENTRY.findall(path.read_text("utf-8"))
    return {json.loads(key): (json.loads(sv), json.loads(en)) for key, sv, en in found}


def catalogue() -> dict[str, tuple[str, str]]:
    return {key: texts for path in CATALOGUE for key, texts in entries(path).items()}


def in_code(pattern: re.Pattern[str]) -> set[str]:
    return {found for path in CODE for found in pattern.findall(path.read_text("utf-8"))}


def groups_in_code() -> set[str]:
    return {group for chosen in in_code(LABELLED) for group in QUOTED.findall(chosen)}


def test_every_line_of_the_catalogue_is_a_key_with_two_texts():
    for path in CATALOGUE:
        written = path.read_text("utf-8")
        keys = [json.loads(key) for key, *_ in ENTRY.findall(written)]
        assert len(keys) == len(LINE.findall(written)), f"{path.name} has a line of another shape"
        assert len(keys) == len(set(keys)), f"{path.name} has a key twice"
    assert sum(len(entries(path)) for path in CATALOGUE) == len(catalogue())


def test_every_text_is_in_both_languages_with_the_same_places():
    for key, (swedish, english) in catalogue().items():
        assert swedish.strip(), key
        assert english.strip(), key
        assert set(PLACE.findall(swedish)) == set(PLACE.findall(english)), key


def test_no_text_is_missing():
    keys = catalogue()
    plural = {f"{said}.{form}" for said in in_code(SAID) - keys.keys() for form in ("one", "other")}
    said = {key for key in in_code(SAID) | in_code(HANDED_ON) if "." in key}

    missing = {key for key in said - keys.keys() if f"{key}.other" not in keys} | {
        key
        for key in plural - keys.keys()
        if key.removesuffix(".one").removesuffix(".other") in said
    }

    assert missing == set()
    groups = {key.rpartition(".")[0] for key in keys}
    assert groups_in_code() - groups == set()


def test_no_text_is_unused():
    said = in_code(SAID) | in_code(HANDED_ON)
    groups = groups_in_code()

    unused = {
        key
        for key in catalogue()
        if key not in said
        and key.removesuffix(".one").removesuffix(".other") not in said
        and not any(key.startswith(f"{group}.") for group in groups)
    }

    assert unused == set()


def test_no_text_stands_in_the_code_itself():
    written = {
        f"{path.name}: {text.strip()}"
        for path in CODE
        for text in BETWEEN_TAGS.findall(path.read_text("utf-8"))
        if A_WORD.search(text)
    }

    assert written == set()


def test_no_markup_is_made_of_texts():
    """What people write is never taken for markup (`kit/dom.js` escapes it all)."""
    dangerous = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write"
        r"|\beval\(|new Function"
    )
    assert {path.name for path in CODE if dangerous.search(path.read_text("utf-8"))} == set()
