"""Examples of money that the sample municipality does not hold, made through the API."""

import json
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Page, expect

from tests.browser.visiting import Municipality, is_whole, settled

# V-BAND-1 of the formulas: investment, department, allocated, forecast, in millions.
BAND = [
    ("STREET-1", "FGK", 40, 31),
    ("SCHOOL-1", "GFK", 120, 138),
    ("STREET-2", "FGK", 10, 12),
    ("SOCIAL-1", "ASF", 15, 11),
    ("CULTURE-1", "KFF", 25, 25),
]
BAND_YEAR = 2031
DECISION = {"decided_by": "council", "decided_on": "2026-06-17", "case_number": "FIKTIV-2026-1"}
HOSTILE = "<script>alert(1)</script> Åäö \u202b שלום \u202c " + "x" * 150


def ask(
    municipality: Municipality, role: str, method: str, path: str, body: Any = None, match: str = ""
) -> tuple[Any, str]:
    """What the API answers, and its ETag. A refusal raises."""
    headers = {**municipality.headers(role), "Content-Type": "application/json"}
    if match:
        headers["If-Match"] = match
    data = None if body is None else json.dumps(body).encode()
    # Our own server.
    request = Request(municipality.url + path, data, headers, method=method)  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310  # our own server
        found = answer.read()
        return (json.loads(found) if found else None), answer.headers.get("ETag", "")


def post(municipality: Municipality, role: str, path: str, body: dict[str, Any]) -> None:
    ask(municipality, role, "POST", path, body)


def make_program(municipality: Municipality, code: str, steering: str = "partial") -> None:
    post(
        municipality,
        "coordinator",
        "/v1/programs",
        {
            "code": code,
            "name": f"Program {code}",
            "areas": [{"scheme": "regso", "code": "1280R045"}],
            "mandate": {**DECISION, "task": "Ett exempel."},
            "deciding_body": "executive_board",
            "steering": steering,
            "gate_template": "standard",
            "coordinator": "Samordnare",
            "starts_on": "2026-01-01",
            "ends_on": "2032-12-31",
            "published": False,
        },
    )


def make_investment(
    municipality: Municipality, code: str, *, department: str, program: str, name: str = ""
) -> None:
    post(
        municipality,
        "coordinator",
        "/v1/investments",
        {
            "code": code,
            "name": name or code,
            "kind": "physical",
            "program": program,
            "department": department,
            "problem": "Ett exempel.",
            "description": "",
            "location": {"areas": [{"scheme": "regso", "code": "1280R045", "share": 1}]},
            "serves": "local",
            "starts_on": "2031-01-01",
            "ends_on": "2032-12-31",
        },
    )


def forecast(municipality: Municipality, code: str, department: str, millions: int) -> None:
    line = {
        "year": BAND_YEAR,
        "type": "capital",
        "direction": "expense",
        "department": department,
        "account": "1179",
        "amount": f"{millions}000000.00",
    }
    path = f"/v1/investments/{code}/plan-lines"
    _, etag = ask(municipality, "coordinator", "GET", path)
    ask(municipality, "coordinator", "PUT", path, {"lines": [line]}, etag)


def make_band(municipality: Municipality, first_name: str = "Gatan") -> None:
    """The program `band`, whose departments have 13 left and lack 20 in 2031."""
    make_program(municipality, "band")
    for department in ("FGK", "GFK", "ASF", "KFF"):
        given = sum(allocated for _, of, allocated, _ in BAND if of == department)
        frame = {"year": BAND_YEAR, "type": "capital", "kind": "original", **DECISION}
        amount = f"{given}000000.00"
        post(
            municipality,
            "finance",
            "/v1/frames",
            {**frame, "department": department, "amount": amount},
        )
    for code, department, allocated, expected in BAND:
        name = first_name if code == "STREET-1" else code
        make_investment(municipality, code, department=department, program="band", name=name)
        forecast(municipality, code, department, expected)
        allocation = {"investment": code, "year": BAND_YEAR, "type": "capital"}
        amount = f"{allocated}000000.00"
        post(municipality, "finance", "/v1/allocations", {**allocation, "amount": amount})


def whole_everywhere(page: Page) -> None:
    """Narrow and wide, light and dark. Leaves it wide and light."""
    for name, theme in (("Mörkt utseende", "dark"), ("Ljust utseende", "light")):
        page.get_by_role("button", name=name).click()
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            settled(page)
            is_whole(page)
