"""What the tests of imports share: files to send, and what points at areas."""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from portfolio.geometry import as_geojson
from tests.areas import boundary_samples as samples
from tests.areas.boundary_samples import SWEREF_MEMBER, square

IMPORTS = "/v1/area-imports"
AREAS = "/v1/area-schemes/d/areas"

Shapes = Mapping[str, BaseGeometry]
# Two squares side by side, and the west one cut into two.
TWO: Shapes = {"A": square(0), "B": square(1)}
WEST = square(0)
CUT: Shapes = {
    "A1": shapely.box(WEST.bounds[0], WEST.bounds[1], WEST.bounds[0] + 60, WEST.bounds[3]),
    "A2": shapely.box(WEST.bounds[0] + 60, WEST.bounds[1], WEST.bounds[2], WEST.bounds[3]),
    "B": square(1),
}


def boundary_file(shapes: Shapes, names: Mapping[str, str] | None = None) -> bytes:
    names = names or {}
    features = [
        samples.feature(shape, code, names.get(code, f"Område {code}"))
        for code, shape in shapes.items()
    ]
    return samples.geojson(features, crs=SWEREF_MEMBER)


def send(client: Any, headers: Mapping[str, str], content: bytes, **form: str) -> Any:
    """Post a file; what is left out of the form is as most tests want it."""
    fields = {
        "scheme": "d",
        "code_field": "code",
        "name_field": "name",
        "valid_from": "2020-01-01",
        **form,
    }
    files = {"file": ("Områden.geojson", content)}
    return client.post(IMPORTS, headers=headers, data=fields, files=files)


def preview(client: Any, headers: Mapping[str, str], shapes: Shapes, **form: str) -> dict[str, Any]:
    answer = send(client, headers, boundary_file(shapes), **form)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def apply(client: Any, headers: Mapping[str, str], id: int, successors: Any = None) -> Any:
    body = None if successors is None else {"successors": successors}
    return client.post(f"{IMPORTS}/{id}/apply", headers=headers, json=body)


def bring_in(
    client: Any, headers: Mapping[str, str], shapes: Shapes, successors: Any = None, **form: str
) -> dict[str, Any]:
    """Preview and apply."""
    shown = preview(client, headers, shapes, **form)
    answer = apply(client, headers, shown["id"], successors)
    assert answer.status_code == 200, answer.text
    applied: dict[str, Any] = answer.json()
    assert applied["status"] == "applied"
    return applied


def codes(client: Any, at: str = "2026-01-01") -> list[str]:
    answer = client.get(AREAS, params={"at": at})
    assert answer.status_code == 200, answer.text
    return [area["code"] for area in answer.json()["items"]]


def area(client: Any, code: str, at: str = "2026-01-01") -> dict[str, Any]:
    answer = client.get(f"{AREAS}/{code}", params={"at": at})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def invest(
    client: Any,
    keys: Mapping[str, Mapping[str, str]],
    code: str,
    location: Mapping[str, Any],
    served: Sequence[str] = (),
) -> dict[str, Any]:
    """Register an investment; served areas are of the scheme `d`."""
    department = {"code": "GFK", "name": "Gatukontoret", "committee": "council"}
    client.post("/v1/departments", headers=keys["admin"], json=department)
    body = {
        "code": code,
        "name": f"Investering {code}",
        "kind": "physical",
        "department": "GFK",
        "problem": "",
        "description": "",
        "location": location,
        "served_areas": [{"scheme": "d", "code": area} for area in served],
        "serves": "local" if served else "citywide",
    }
    answer = client.post("/v1/investments", headers=keys["coordinator"], json=body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def on_the_ground(shape: BaseGeometry) -> dict[str, Any]:
    return {"geometry": as_geojson(shape, 9), "buffer_m": 0}


def listed(*parts: tuple[str, float]) -> dict[str, Any]:
    return {"areas": [{"scheme": "d", "code": code, "share": share} for code, share in parts]}


def start_program(
    client: Any, keys: Mapping[str, Mapping[str, str]], code: str, areas: Sequence[str]
) -> None:
    body = {
        "code": code,
        "name": f"Program {code}",
        "areas": [{"scheme": "d", "code": area} for area in areas],
        "mandate": {
            "decided_by": "council",
            "decided_on": "2026-06-17",
            "case_number": "STK-2026-310",
            "task": "",
        },
        "deciding_body": "executive_board",
        "steering": "partial",
        "gate_template": "standard",
    }
    answer = client.post("/v1/programs", headers=keys["coordinator"], json=body)
    assert answer.status_code == 201, answer.text


def shares(client: Any, keys: Mapping[str, Mapping[str, str]], code: str) -> dict[str, float]:
    """The shares of an investment in the scheme today, by area."""
    answer = client.get(f"/v1/investments/{code}", headers=keys["viewer"])
    assert answer.status_code == 200, answer.text
    return {
        part["code"]: round(part["share"], 6) for part in answer.json()["area_shares"].get("d", [])
    }
