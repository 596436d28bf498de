"""A portfolio too large to be put through the API in a test."""

from itertools import cycle

import numpy as np
import shapely

from portfolio.exports.sheets import Sheet, by_kind, one_kind
from portfolio.language import Text
from portfolio.maps import area_layer, investment_layer
from portfolio.maps.layers import Feature, Layer
from tests.areas.boundary_samples import EAST, NORTH, jittered_grid

GATES = ("need", "study", "direction", "implementation", "handover", "benefits")


def large_sheets(investments: int, cells: int) -> list[Sheet]:
    grid = jittered_grid(cells, cells, points=20)
    blank = dict.fromkeys((field.name for field in area_layer.FIELDS), None)
    areas = tuple(
        Feature(f"A{at:05}", {**blank, "code": f"A{at:05}", "name": f"Område {at}"}, shape)
        for at, shape in enumerate(grid)
    )
    surfaces = Layer("areas-large", Text("Stor", "Large"), area_layer.FIELDS, areas)
    return [one_kind(surfaces), *by_kind(_investments(investments))]


def _investments(number: int) -> Layer:
    fields = investment_layer.FIELDS
    blank = dict.fromkeys((field.name for field in fields), None)
    spots = np.random.default_rng(4).uniform(0, 40_000, (number, 2))
    spots += np.array((EAST, NORTH))
    points: list[shapely.Point] = np.asarray(shapely.points(spots), dtype=object).tolist()
    features = tuple(
        Feature(
            f"I-{at:06}",
            {
                **blank,
                "code": f"I-{at:06}",
                "name": f"Investering nummer {at} på Östergatan",
                "kind": "physical",
                "gate": gate,
                "status": "preparing",
                "decided_total": at * 1000.0,
                "last_decided_on": "2026-06-10",
            },
            point,
        )
        for at, (gate, point) in enumerate(zip(cycle(GATES), points, strict=False))
    )
    return Layer("investments", investment_layer.INVESTMENTS, fields, features)
