"""What is exported in these tests, and where it is."""

import shapely

SCHEME = "/v1/export/area-schemes/grid"
PROGRAM = "/v1/export/programs/lindangen"
PORTFOLIO = "/v1/export/portfolio"
WEST, SOUTH = 375_000.0, 6_160_000.0
PLACES = {
    "LIN-01": shapely.Point(WEST + 100.125, SOUTH + 200.25),
    "LIN-02": shapely.LineString([(WEST, SOUTH), (WEST + 700, SOUTH + 400)]),
    "LIN-03": shapely.box(WEST + 1200, SOUTH + 1200, WEST + 1500, SOUTH + 1400),
}
