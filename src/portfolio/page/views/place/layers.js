/* What lies on the map of the place, from the ground up. */

import { tiles } from "../../parts/map.js";
import { token } from "../../kit/theme.js";
import { UNKNOWN } from "./measures.js";
import { SIGN } from "./signs.js";

export const AREAS = "areas";
const PROGRAMS = "programs";
const POINTS = "investment-points";
/** Before its value has come an area has no class. */
const CLASS = ["coalesce", ["feature-state", "class"], 0];
const POINTED = ["boolean", ["feature-state", "pointed"], false];
/** From which zoom there is room for so many dots and, nearer, for signs: `[most, dots, signs]`. */
const ROOM = [[300, 0, 11.5], [3000, 10, 12.5], [Infinity, 11.5, 13.5]];
const DEEPEST = 24;
const EDGES_FROM = 12;
// So many have hairlines only where one can tell them apart: to draw them all is what costs most.
const MANY_AREAS = 1000;

/** `{dots, signs}`: from which zoom so many investments are dots, and from which they are signs. */
export function roomFor(count) {
  const [, dots, signs] = ROOM.find(([most]) => count <= most);
  return { dots, signs };
}

export function addLayers(map, scheme) {
  map.addSource(AREAS, tiles(`areas-${scheme}`));
  map.addSource(PROGRAMS, tiles(PROGRAMS));
  map.addSource(POINTS, tiles(POINTS));
  map.addSource("names", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  const [programs, ...investments] = investmentLayers();
  const layers = [...areaLayers(`areas-${scheme}`), programs, ...chosenLayers(`areas-${scheme}`), nameLayer(), ...investments];
  layers.forEach((layer) => map.addLayer(layer));
}

/** Signs or only dots, edges or none, by how many investments and areas there are. */
export function makeRoom(map, areas, investments) {
  const room = roomFor(investments);
  map.setPaintProperty("areas", "fill-antialias", areas > MANY_AREAS ? ["step", ["zoom"], false, EDGES_FROM - 1, true] : true);
  map.setLayerZoomRange("dots", room.dots, DEEPEST);
  map.setLayerZoomRange("signs", room.signs, DEEPEST);
}

function areaLayers(collection) {
  const from = { source: AREAS, "source-layer": collection };
  const edge = ["case", POINTED, token("ink"), token("map-line")];
  return [
    { id: "hatch", type: "fill", ...from, layout: { visibility: "none" }, paint: { "fill-pattern": "hatch", "fill-antialias": false } },
    // Far off the hairlines of a fill: thousands of areas in lines of their own would not move smoothly.
    { id: "areas", type: "fill", ...from, paint: { "fill-color": token("ramp-0"), "fill-outline-color": edge } },
    { id: "edges", type: "line", ...from, minzoom: EDGES_FROM, paint: {
      "line-color": edge, "line-width": ["interpolate", ["linear"], ["zoom"], EDGES_FROM, ["case", POINTED, 2, 0.75], 15, ["case", POINTED, 3.5, 1.5]],
    } },
  ];
}

function chosenLayers(collection) {
  const line = { source: AREAS, "source-layer": collection, type: "line", filter: ["==", ["get", "id"], ""], layout: { "line-join": "round" } };
  return [
    { ...line, id: "chosen-halo", paint: { "line-color": token("map-halo"), "line-width": 7 } },
    { ...line, id: "chosen", paint: { "line-color": token("focus"), "line-width": 3.5 } },
  ];
}

function investmentLayers() {
  const from = { source: POINTS, "source-layer": POINTS };
  return [
    { id: "programs", type: "line", source: PROGRAMS, "source-layer": PROGRAMS, layout: { "line-join": "round" },
      paint: { "line-color": token("ink"), "line-width": ["interpolate", ["linear"], ["zoom"], 9, 1.25, 14, 2.5], "line-dasharray": [3, 1.5] } },
    { id: "dots", type: "circle", ...from, paint: dotPaint() },
    { id: "signs", type: "symbol", ...from, layout: {
      "icon-image": SIGN, "icon-padding": 0,
      // What waits is seen first where there is not room for all.
      "symbol-sort-key": ["case", ["==", ["get", "status"], "on_hold"], 0, 1],
    } },
  ];
}

/** A sign hides its dot: where a sign found no room its dot is still seen. What waits has a ring. */
function dotPaint() {
  const waits = ["==", ["get", "status"], "on_hold"];
  return {
    "circle-color": ["match", ["get", "kind"], "social", token("social"), token("physical")],
    "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 2, 12, 4.5],
    "circle-opacity": 0.95,
    "circle-stroke-width": ["case", waits, 2, 0.75],
    "circle-stroke-color": ["case", waits, token("status-on_hold"), token("map-halo")],
  };
}

function nameLayer() {
  return { id: "names", type: "symbol", source: "names",
    layout: { "text-field": ["get", "name"], "text-font": ['"Source Sans 3"'], "text-size": ["interpolate", ["linear"], ["zoom"], 10, 11, 15, 14], "text-max-width": 7, "text-padding": 6,
      "symbol-sort-key": ["-", 0, ["get", "size"]] },
    paint: { "text-color": token("map-label"), "text-halo-color": token("map-halo"), "text-halo-width": 1.5 } };
}

/** The colours of the classes: `[[class, colour], …]`. What is not known lets the hatching through. */
export function paintAreas(map, pairs, withUnknown) {
  map.setPaintProperty("areas", "fill-color", ["match", CLASS, ...pairs.flat(), UNKNOWN, "transparent", token("ramp-0")]);
  map.setLayoutProperty("hatch", "visibility", withUnknown ? "visible" : "none");
}

/** Which investments are seen: `kind` is "", "physical", "social" or "none". */
export function investmentFilter(kind, stopped) {
  const wanted = ["all"];
  if (kind === "none") wanted.push(false);
  else if (kind) wanted.push(["==", ["get", "kind"], kind]);
  if (!stopped) wanted.push(["!=", ["get", "status"], "stopped"]);
  return wanted;
}
