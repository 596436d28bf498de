"""Examples for the API description: one investment on its way through a gate."""

from typing import Any

STEPS: dict[str, Any] = {
    "strategy": {
        "verdict": "positive",
        "reasoning": "Svarar mot programmets mål om trygghet.",
        "confidence": "high",
        "evidence": ["STK-2026-88"],
        "goals": [{"code": "M-3", "sign": 1}],
    },
    "benefits": {
        "verdict": "positive",
        "reasoning": "Fler barn går själva till skolan.",
        "confidence": "medium",
        "evidence": [],
        "perspectives": {
            "environmental": "neutral",
            "social": "positive",
            "economic": "neutral",
        },
        "benefits": [
            {"name": "Tryggare skolväg", "beneficiaries": "barn 6-12 år", "perspective": "social"}
        ],
    },
    "market": {
        "verdict": "positive",
        "reasoning": "Ramavtal finns.",
        "confidence": "medium",
        "evidence": [],
        "partners": [
            {
                "name": "Bostadsbolaget",
                "commitment": "letter_of_intent",
                "amount": "2000000.00",
            }
        ],
    },
    "economy": {
        "verdict": "negative",
        "reasoning": "Driften är inte finansierad efter 2029.",
        "confidence": "high",
        "evidence": [],
    },
    "governance": {
        "verdict": "positive",
        "reasoning": "Ansvar och uppföljning är klara.",
        "confidence": "high",
        "evidence": [],
        "plan": {
            "accountable": "Enhetschef, gatukontoret",
            "next_gate_on": "2027-03-31",
            "follow_up": "Månadsvis i programgruppen",
            "tolerance_percent": 10,
        },
    },
}
DECISION: dict[str, Any] = {
    "gate": "direction",
    "outcome": "pass",
    "decided_by": "executive_board",
    "decided_on": "2026-11-03",
    "case_number": "STK-2026-1042",
    "minutes_paragraph": "§ 212",
    "reason": "Nyttorna för barnen väger upp att driften inte är löst än.",
    "outweighings": [
        {
            "weak": "economy",
            "strong": ["benefits", "market"],
            "reason": "Driften kan lösas inom ramen under planeringen.",
        }
    ],
    "conditions": [
        {"text": "Driften ska vara löst", "owner": "Gatukontoret", "due_on": "2027-01-31"}
    ],
    "released_amount": "1500000.00",
}
RECOMMENDATION: dict[str, Any] = {
    "outcome": "pass",
    "recommended_on": "2026-10-20",
    "reason": "Programgruppen är enig.",
}
_NONE = dict.fromkeys(
    (
        "hold_category",
        "review_on",
        "return_to",
        "to_gate",
        "lesson",
        "benefit_result",
        "delegation",
        "supersedes",
        "superseded_by",
    )
)
DECIDED: dict[str, Any] = {
    "id": 12,
    **DECISION,
    "conditions": [{"n": 1, **DECISION["conditions"][0], "met_on": None, "note": None}],
    **_NONE,
    "round": 3,
    "recorded_at": "2026-11-05T08:15:00.000000Z",
}
