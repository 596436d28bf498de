/* Where an investment is: on a map, in words, and as shares of areas. */

import { html, useMemo } from "../../kit/dom.js";
import { number, percent } from "../../kit/format.js";
import { href, setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { token } from "../../kit/theme.js";
import { Select } from "../../parts/fields.js";
import { MapView, tiles } from "../../parts/map.js";
import { useAreas } from "../../parts/names.js";
import { Trouble, Waiting } from "../../parts/trouble.js";
import { ringsAround, roomAround } from "./shapes.js";

const NONE = new Map();

/** Of a scheme, which may be called what every object has. */
function given(values, scheme) {
  return Object.hasOwn(values, scheme) ? values[scheme] : undefined;
}

/**
 * `location` as of the API, or `{geometry}` of the public feature. `shares` is `{scheme: [{code, share}]}`;
 * the public knows the areas but not how much is in each (`share` is null). `ground` is the scheme drawn
 * where none holds it.
 */
export function Where({ of, location, shares, outside = {}, slivers = {}, ground = null, query }) {
  const schemes = Object.keys(shares);
  const scheme = schemes.includes(query.scheme) ? query.scheme : (schemes[0] ?? null);
  const rows = scheme ? shares[scheme] : [];
  const areas = useAreas(scheme, useMemo(() => rows.map((row) => row.code).sort(), [rows]));
  return html`<div class="investment-where">
    <p class="investment-words" dir="auto">${inWords(location)}</p>
    ${(location.geometry || rows.length > 0) && html`<${Drawn} of=${of} location=${location} scheme=${scheme ?? ground} rows=${rows} areas=${areas} />`}
    ${schemes.length > 1 && html`<${Select} label=${t("investment.scheme")} plain value=${scheme} options=${schemes.map((one) => ({ value: one, label: one }))}
      onChange=${(value) => setQuery({ scheme: value })} />`}
    ${rows.length > 0 && html`<${Shares} scheme=${scheme} rows=${rows} names=${areas.value ?? NONE} outside=${given(outside, scheme) ?? 0} sliver=${given(slivers, scheme)} />`}
    ${areas.error && html`<${Trouble} error=${areas.error} again=${areas.again} compact />`}
  </div>`;
}

function inWords(location) {
  if (location.municipality_wide) return t("investment.municipality_wide");
  if (location.not_located) return t("investment.not_located", { reason: location.not_located });
  if (location.areas) return t("investment.by_areas");
  if (!location.geometry) return t("investment.no_place");
  // A point may stand for whole areas there.
  if (location.published) return t("investment.published_place");
  const kind = label("investment.geometry", location.geometry.type);
  return location.buffer_m ? t("investment.with_buffer", { kind, metres: number(location.buffer_m) }) : kind;
}

/** The map waits for the areas' shapes, so that it is framed once. */
function Drawn({ of, location, scheme, rows, areas }) {
  const ring = location.geometry && ringsAround(location.geometry, location.buffer_m);
  const bounds = useMemo(() => roomAround(location.geometry ? [location.geometry, ring] : [...(areas.value ?? NONE).values()].map((area) => area.geometry)),
    [location, areas.value]);
  if (!location.geometry && areas.loading) return html`<${Waiting} />`;
  if (!bounds) return null;
  const drawn = { kind: of.kind, geometry: location.geometry ?? null, ring, scheme, rows };
  return html`<${MapView} className="investment-map" label=${t("investment.map_of", { name: of.name })} bounds=${bounds}
    changed=${JSON.stringify([scheme, rows])} draw=${(map) => draw(map, drawn)} />`;
}

function draw(map, { kind, geometry, ring, scheme, rows }) {
  if (scheme) drawAreas(map, scheme, rows);
  if (!geometry) return;
  const colour = token(kind);
  if (ring) {
    map.addSource("ring", { type: "geojson", data: ring });
    map.addLayer({ id: "ring", type: "fill", source: "ring", paint: { "fill-color": colour, "fill-opacity": 0.18 } });
    map.addLayer({ id: "ring-line", type: "line", source: "ring", paint: { "line-color": colour, "line-width": 1.5, "line-dasharray": [3, 2] } });
  }
  map.addSource("investment", { type: "geojson", data: { type: "Feature", properties: {}, geometry } });
  map.addLayer({ id: "surface", type: "fill", source: "investment", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.55 } });
  map.addLayer({ id: "edge", type: "line", source: "investment", filter: ["!=", ["geometry-type"], "Point"],
    paint: { "line-color": colour, "line-width": 4 }, layout: { "line-cap": "round", "line-join": "round" } });
  map.addLayer({ id: "point", type: "circle", source: "investment", filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-color": colour, "circle-radius": 8, "circle-stroke-color": token("map-halo"), "circle-stroke-width": 2.5 } });
}

/** The municipality's own areas as the ground; those it is in are lifted out, the more the larger their share. */
function drawAreas(map, scheme, rows) {
  const name = `areas-${scheme}`;
  const within = rows.flatMap((row) => [row.code, 0.25 + 0.55 * (row.share ?? 0.4)]);
  const strength = rows.length ? ["match", ["get", "id"], ...within, 0] : 0;
  map.addSource("areas", tiles(name));
  map.addLayer({ id: "areas", type: "fill", source: "areas", "source-layer": name, paint: { "fill-color": token("ramp-3"), "fill-opacity": strength } });
  if (rows.length) {
    map.addLayer({ id: "area-names", type: "symbol", source: "areas", "source-layer": name, filter: ["in", ["get", "id"], ["literal", rows.map((row) => row.code)]],
      layout: { "text-field": ["get", "name"], "text-size": 13, "text-max-width": 9 },
      paint: { "text-color": token("map-label"), "text-halo-color": token("map-halo"), "text-halo-width": 1.5 } });
  }
  map.addLayer({ id: "area-lines", type: "line", source: "areas", "source-layer": name, paint: { "line-color": token("map-line"), "line-width": 1 } });
}

function Shares({ scheme, rows, names, outside, sliver }) {
  const known = rows.every((row) => row.share !== null);
  const sorted = [...rows].sort((a, b) => b.share - a.share);
  return html`<div class="table-frame" role="region" aria-label=${t("investment.shares")} tabindex="0"><table class="table">
    <caption>${t("investment.shares")}</caption>
    <thead><tr><th scope="col">${t("investment.area")}</th>${known && html`<th scope="col" class="number">${t("investment.share")}</th>`}</tr></thead>
    <tbody>
      ${sorted.map((row) => html`<tr key=${row.code}><th scope="row" dir="auto"><a href=${href(["place", scheme, row.code])}>${names.get(row.code)?.name ?? row.code}</a></th>
        ${known && html`<td class="number"><${Bar} share=${row.share} /></td>`}</tr>`)}
      ${known && outside > 0 && html`<tr><th scope="row">${t("investment.outside")}</th><td class="number"><${Bar} share=${outside} /></td></tr>`}
    </tbody></table></div>
    ${sliver !== undefined && html`<p class="small">${t("investment.slivers")}</p>`}`;
}

/** The areas that it names as those it serves, beside the place where it stands. */
export function Served({ areas }) {
  const schemes = [...new Set(areas.map((area) => area.scheme))];
  return schemes.map((scheme) => html`<${ServedIn} key=${scheme} scheme=${scheme} codes=${areas.filter((area) => area.scheme === scheme).map((area) => area.code)} />`);
}

function ServedIn({ scheme, codes }) {
  const names = useAreas(scheme, codes).value ?? NONE;
  return html`<ul class="investment-served">${codes.map((code) => html`<li key=${code}><a href=${href(["place", scheme, code])} dir="auto">${names.get(code)?.name ?? code}</a></li>`)}</ul>`;
}

function Bar({ share }) {
  return html`<span class="investment-bar" aria-hidden="true"><span style=${{ inlineSize: `${Math.min(100, share * 100)}%` }}></span></span>${percent(share, share < 0.1 ? 1 : 0)}`;
}
