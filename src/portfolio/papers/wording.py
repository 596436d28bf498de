"""What the papers say, in both languages, and how they write amounts. Pure."""

from collections.abc import Mapping

from portfolio.language import Language, Text
from portfolio.reports.units import half_up

NARROW = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
ORE_PER_KRONA, ORE_PER_TEN_THOUSAND = 100, 1_000_000

# The house's own gates; of other templates the name is as it was entered.
GATES: Mapping[str, Text] = {
    "need": Text("Behov", "Need"),
    "study": Text("Utredning", "Study"),
    "direction": Text("Inriktning", "Direction"),
    "implementation": Text("Genomförande", "Implementation"),
    "handover": Text("Överlämning", "Handover"),
    "benefits": Text("Nyttouppföljning", "Benefits"),
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
    "courage": Text("mod", "courage"),
    "market": Text("marknad", "market"),
}
STEPS: Mapping[str, Text] = {
    "strategy": Text("Strategi", "Strategy"),
    "benefits": Text("Nyttor", "Benefits"),
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
    "environmental": Text("miljömässig", "environmental"),
    "social": Text("social", "social"),
    "economic": Text("ekonomisk", "economic"),
}
COMMITMENTS: Mapping[str, Text] = {
    "none": Text("inget åtagande", "no commitment"),
    "interest": Text("intresse", "interest"),
    "letter_of_intent": Text("avsiktsförklaring", "letter of intent"),
    "contract": Text("avtal", "contract"),
}
OUTCOMES: Mapping[str, Text] = {
    "pass": Text("Passerar", "Passes"),
    "amend": Text("Ändringsbeslut", "Amendment"),
    "hold": Text("Väntar", "Holds"),
    "rework": Text("Återförs", "Back for rework"),
    "stop": Text("Stoppas", "Stops"),
    "skip": Text("Beslutad tidigare", "Decided earlier"),
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


def word(words: Mapping[str, Text], code: str | None, language: Language) -> str:
    """What a code is called; itself if nobody has given it a word, nothing for None."""
    if code is None:
        return ""
    return words[code].in_language(language) if code in words else code


def millions(ore: int, language: Language) -> str:
    """Millions of kronor with two decimals, halves away from zero.

    >>> millions(1_254_500_000, "sv")
    '12,55'
    """
    hundredths = half_up(abs(ore), ORE_PER_TEN_THOUSAND)
    point = "," if language == "sv" else "."
    sign = MINUS if ore < 0 and hundredths else ""
    return f"{sign}{_grouped(hundredths // 100)}{point}{hundredths % 100:02d}"


def kronor(ore: int) -> str:
    """Whole kronor in groups of three digits, halves away from zero."""
    whole = half_up(abs(ore), ORE_PER_KRONA)
    return f"{MINUS if ore < 0 and whole else ''}{_grouped(whole)}"


def _grouped(whole: int) -> str:
    return f"{whole:,}".replace(",", NARROW)
