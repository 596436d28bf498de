"""What codes are called in sentences and in papers, in both languages. Pure."""

from collections.abc import Mapping

from portfolio.language import Language, Text
from portfolio.programs.rules import Template

# The house's own gates; a gate that was given another name is called by that.
GATES: Mapping[str, Text] = {
    "need": Text("Behov", "Need"),
    "study": Text("Utredning", "Study"),
    "direction": Text("Inriktning", "Direction"),
    "implementation": Text("Genomförande", "Implementation"),
    "handover": Text("Överlämning", "Handover"),
    "benefits": Text("Nyttouppföljning", "Benefits review"),
}
# As the templates that are there from the start write them, at more length.
FROM_THE_START: Mapping[str, str] = {
    "need": "Behov, initiering",
    "study": "Utredningsbeslut",
    "direction": "Inriktningsbeslut",
    "implementation": "Genomförandebeslut",
}
ASKS: Mapping[str, Text] = {
    "need": Text(
        "Finns här ett behov som är värt en plats i programmet?",
        "Is there a need here worth a place in the program?",
    ),
    "study": Text(
        "Är det rätt problem, och är alternativen öppna?",
        "Is the problem right, are the options open?",
    ),
    "direction": Text(
        "Vilket alternativ, och med vilka parter?", "Which option, with which partners?"
    ),
    "implementation": Text(
        "Släpps huvuddelen av pengarna? Styrningen börjar gälla.",
        "Release the main money? Steering takes effect.",
    ),
    "handover": Text(
        "Är det klart, och tar linjen över?", "Ready, and does a line owner take over?"
    ),
    "benefits": Text(
        "Gav det vad som lovades, och fortsätter det?",
        "Did it give what was promised; does it go on?",
    ),
}
KINDS: Mapping[str, Text] = {
    "physical": Text("Fysisk", "Physical"),
    "social": Text("Social", "Social"),
    "all": Text("Allt", "In all"),
}
STATUSES: Mapping[str, Text] = {
    "preparing": Text("Förbereds", "Preparing"),
    "submitted": Text("Inför beslut", "Before decision"),
    "on_hold": Text("Avvaktar", "On hold"),
    "reconsideration_required": Text("Behöver omprövas", "To be reconsidered"),
    "stopped": Text("Stoppad", "Stopped"),
    "completed": Text("Avslutad", "Completed"),
}
STEERING: Mapping[str, Text] = {
    "partial": Text("Partiell styrning", "Partial steering"),
    "full": Text("Fullständig styrning", "Full steering"),
}
CATEGORIES: Mapping[str, Text] = {
    "organisational": Text("organisatoriskt", "organisational"),
    "economic": Text("ekonomiskt", "economic"),
    "cultural": Text("kulturellt", "cultural"),
    "courage": Text("vilja att besluta", "will to decide"),
    "market": Text("marknad", "market"),
}
STEPS: Mapping[str, Text] = {
    "strategy": Text("Strategi", "Strategy"),
    "benefits": Text("Nytta", "Benefits"),
    "market": Text("Marknad", "Market"),
    "economy": Text("Ekonomi", "Economy"),
    "governance": Text("Styrning", "Governance"),
}
VERDICTS: Mapping[str, Text] = {
    "positive": Text("Positivt", "Positive"),
    "neutral": Text("Neutralt", "Neutral"),
    "negative": Text("Negativt", "Negative"),
    "not_assessed": Text("Inte bedömt", "Not assessed"),
}
CONFIDENCES: Mapping[str, Text] = {
    "low": Text("låg säkerhet", "low confidence"),
    "medium": Text("medelgod säkerhet", "medium confidence"),
    "high": Text("hög säkerhet", "high confidence"),
}
PERSPECTIVES: Mapping[str, Text] = {
    "environmental": Text("miljömässigt", "environmental"),
    "social": Text("socialt", "social"),
    "economic": Text("ekonomiskt", "economic"),
}
COMMITMENTS: Mapping[str, Text] = {
    "none": Text("inget åtagande", "no commitment"),
    "interest": Text("intresse", "interest"),
    "letter_of_intent": Text("avsiktsförklaring", "letter of intent"),
    "contract": Text("avtal", "contract"),
}
OUTCOMES: Mapping[str, Text] = {
    "pass": Text("Vidare", "Pass"),
    "amend": Text("Ändra", "Amend"),
    "hold": Text("Avvakta", "Hold"),
    "rework": Text("Gör om", "Rework"),
    "stop": Text("Stopp", "Stop"),
    "skip": Text("Beslutat tidigare", "Decided before"),
}
RESULTS: Mapping[str, Text] = {
    "achieved": Text("nyttan nådd", "benefit achieved"),
    "partly": Text("nyttan delvis nådd", "benefit partly achieved"),
    "not_achieved": Text("nyttan inte nådd", "benefit not achieved"),
}
LEVELS: Mapping[str, Text] = {
    "official": Text("tjänsteperson", "official"),
    "committee": Text("nämnd", "committee"),
    "executive_board": Text("kommunstyrelse", "executive board"),
    "council": Text("kommunfullmäktige", "council"),
}
# The fields of a round and of a decision, as they stand inside a sentence.
FIELDS: Mapping[str, Text] = {
    "verdict": Text("omdöme", "verdict"),
    "reasoning": Text("motivering", "reasoning"),
    "confidence": Text("säkerhet", "confidence"),
    "accountable": Text("ansvarig", "accountable person"),
    "next_gate_on": Text("datum för nästa grind", "date of the next gate"),
    "follow_up": Text("uppföljning", "follow-up"),
    "tolerance_percent": Text("tolerans i procent", "tolerance in per cent"),
    "environmental": Text("miljöperspektiv", "environmental perspective"),
    "social": Text("socialt perspektiv", "social perspective"),
    "economic": Text("ekonomiskt perspektiv", "economic perspective"),
    "hold_category": Text("skäl att avvakta", "category of the hold"),
    "review_on": Text("dag för omprövning", "date of the review"),
    "return_to": Text("grind att gå tillbaka till", "gate to go back to"),
    "to_gate": Text("grind att gå till", "gate to go to"),
    "lesson": Text("lärdom", "lesson"),
    "decided_lines": Text("beslutade rader", "decided lines"),
    "outweighings": Text("uppvägning av svaga steg", "outweighing of weak steps"),
    "conditions": Text("villkor", "conditions"),
    "released_amount": Text("belopp som släpps", "amount released"),
}


def word(words: Mapping[str, Text], code: str | None, language: Language) -> str:
    """What a code is called; itself if nobody has given it a word, nothing for None."""
    if code is None:
        return ""
    return words[code].in_language(language) if code in words else code


def gate_text(code: str, name: str) -> Text:
    """What a gate is called: as its template says, or in a word where that is the house's own."""
    known = GATES.get(code)
    is_ours = known is not None and name in (known.sv, FROM_THE_START.get(code))
    return known if known and is_ours else Text(name, name)


def gate_called(template: Template, code: str) -> Text:
    """As `gate_text`; the code itself, where the template has no such gate."""
    position = template.position(code)
    return Text(code, code) if position is None else gate_text(code, template.gates[position].name)


def within(text: Text) -> Text:
    """As it is written inside a sentence."""
    return Text(text.sv.lower(), text.en.lower())
