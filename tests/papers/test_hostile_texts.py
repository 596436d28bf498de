"""Whatever people write is shown as text, on whichever paper, and breaks none."""

import hypothesis
import pytest
from hypothesis import strategies

from portfolio.papers import typesetter
from portfolio.papers.glyphs import (
    LONGEST_RUN,
    covered,
    isolated,
    readable,
    shortened,
    showable,
)
from portfolio.papers.typesetter import Paper, set_paper
from tests.papers.places import GATE_PAPER, PLAN
from tests.papers.reading import Read, squeezed
from tests.scenario import decide, ok, put_investment, put_program, submit

MARKUP = [
    "Skolan på Öster, åäö ÅÄÖ é",
    "<script>alert(1)</script> &amp; <b>",
    '#import "@preview/x:1.0.0": * #panic() #read("/etc/passwd")',
    "$x^2$ \\ \\n *fet* _kursiv_ `kod` @ref <etikett> // bort /* bort */",
    "= Rubrik\n- punkt\n+ punkt\n/ ord: sak",
    '}}}]]] {{{ ((( "\'" ~ --- ...',
    "W" * 200,
    "a\u0301e\u0308" * 40,
]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_text(client, municipality, text):
    name = " ".join(text.split())[:200]
    put_program(client, municipality, code="odd", name=name, coordinator=name)
    put_investment(
        client, municipality, code="ODD", program="odd", name=name, problem=text, description=text
    )
    ok(decide(client, municipality, "ODD", gate="need", outcome="hold", reason=text))

    for path in (PLAN.replace("lindangen", "odd"), GATE_PAPER.replace("LIN-01", "ODD")):
        answer = client.get(path, headers=municipality)
        assert answer.status_code == 200, answer.text
        assert squeezed(showable(name))[:50] in Read(answer.content).squeezed


def test_other_scripts_and_signs_are_set_and_what_has_no_shape_is_a_square(client, municipality):
    """Arabic, Hebrew, an emoji that a font has; Chinese, which none has."""
    name = "مدرسة بيت ספר 😀 漢字 Щ Ω"
    put_investment(client, municipality, code="ODD", name=name)

    text = Read(client.get(GATE_PAPER.replace("LIN-01", "ODD"), headers=municipality).content).text
    assert "😀" in text
    assert "□□" in text
    assert "Щ Ω" in text
    assert any("\u0590" <= c <= "\u05ff" for c in text)
    assert any("\u0600" <= c <= "\u06ff" or "\ufe70" <= c <= "\ufeff" for c in text)


TURNED = "".join(map(chr, (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def test_nothing_that_people_write_turns_around_what_stands_beside_it(client, municipality):
    """Neither honest Arabic, nor the signs that make what follows be read from the right."""
    school = "مدرسة بيت"
    put_investment(client, municipality, code="ODD", name=school, problem=f"\u202e{school}\u2066")
    submit(client, municipality, "ODD")
    conditions = [{"text": "\u202eVillkor", "owner": school, "due_on": "2027-03-01"}]
    ok(decide(client, municipality, "ODD", gate="need", conditions=conditions))
    hold = {"outcome": "hold", "reason": "\u202eStanna\u2067"}
    ok(decide(client, municipality, "ODD", gate="study", **hold))
    paper = Read(client.get(GATE_PAPER.replace("LIN-01", "ODD"), headers=municipality).content)

    assert squeezed("Villkor: Villkor (") in paper.squeezed
    assert squeezed(", senast 2027-03-01) – inte uppfyllt") in paper.squeezed
    assert "Stanna" in paper.text
    assert "\u202e" not in paper.text
    plan = Read(client.get(PLAN, headers=municipality).content)
    assert squeezed("ekonomiskt · omprövas 2027-06-01") in plan.squeezed


@hypothesis.given(strategies.text(strategies.sampled_from(f"{TURNED}aب1\n ,"), max_size=12))
def test_what_a_text_opens_it_closes_in_its_line(text):
    assert not set(TURNED) & set(showable(text))
    for kept in (isolated(text), readable(text), readable(f"{isolated(text)}, 2027-03-01")):
        for line in kept.split("\n"):
            assert line.count("\u2068") == line.count("\u2069")
            assert not set(TURNED) - set("\u2068\u2069") & set(line)


def test_a_heap_of_the_longest_texts_is_set_on_bounded_pages(client, municipality):
    """20 000 characters in every field that takes so many."""
    longest = "Ж" * 20_000
    put_investment(
        client, municipality, code="ODD", name="X" * 200, problem=longest, description=longest
    )
    step = {"verdict": "negative", "reasoning": longest, "confidence": "low"}
    benefits = {
        **step,
        "benefits": [{"name": "N" * 200, "beneficiaries": "B" * 500} for _ in range(200)],
    }
    partners = {**step, "partners": [{"name": "P" * 200} for _ in range(200)]}
    evidence = {**step, "evidence": ["E" * 500 for _ in range(100)]}
    body = {
        "gate": "need",
        "steps": {
            "strategy": {**evidence, "goals": [{"code": "G" * 500, "sign": 1}] * 200},
            "benefits": benefits,
            "market": partners,
            "economy": step,
            "governance": {**step, "plan": {"accountable": "A" * 500, "follow_up": longest}},
        },
    }
    ok(client.post("/v1/investments/ODD/assessments", json=body, headers=municipality))

    paper = Read(client.get(GATE_PAPER.replace("LIN-01", "ODD"), headers=municipality).content)
    assert 2 < len(paper.pages) < 20


@hypothesis.given(strategies.text(max_size=300))
def test_every_text_is_made_showable(text):
    shown = showable(text)

    assert all(c == "\n" or ord(c) in covered() for c in shown)
    assert max((len(word) for word in shown.replace("\u200b", " ").split()), default=0) <= (
        # Combining marks stay with what they sit on.
        max(LONGEST_RUN + 20, 60) if any("\u0300" <= c <= "\u036f" for c in shown) else 300
    )
    assert showable(shown) == shown


@hypothesis.settings(max_examples=15)
@hypothesis.given(strategies.lists(strategies.text(max_size=80), min_size=1, max_size=20))
def test_every_text_can_be_set(texts):
    """Without a shape for each character an accessible PDF is refused by the typesetter."""
    rows = [{"kind": "x", "text": text} for text in texts]

    data = readable({"texts": rows})
    assert data["texts"][0]["kind"] == "x"
    assert set_paper(lambda: _paper_of(texts)).startswith(b"%PDF-")


def _paper_of(texts):
    return Paper("sample.typ", {"language": "sv", "texts": texts})


@pytest.fixture(autouse=True)
def sample_template(tmp_path_factory, monkeypatch):
    """A template that shows whatever texts it is given, beside the real ones."""
    folder = tmp_path_factory.mktemp("templates")
    for template in typesetter.TEMPLATES.glob("*.typ"):
        (folder / template.name).write_bytes(template.read_bytes())
    (folder / "sample.typ").write_text(
        '#import "common.typ": *\n#let data = json("data.json")\n'
        '#show: base.with(data, "Prov")\n#for one in data.texts [#par(one)]\n',
        "utf-8",
    )
    monkeypatch.setattr(typesetter, "TEMPLATES", folder)


def test_a_text_is_shortened_to_one_line():
    assert shortened("ett\n två\t tre", 20) == "ett två tre"
    assert shortened("abcdef", 4) == "abc…"
