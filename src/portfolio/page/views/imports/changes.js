/* What the file would change, on the map and in the table beside it. */

import { html, useRef, useState } from "../../kit/dom.js";
import { get } from "../../kit/api.js";
import { useLoad } from "../../kit/load.js";
import { label, t } from "../../kit/texts.js";
import { token } from "../../kit/theme.js";
import { boxOf } from "../../parts/geometry.js";
import { boundsOf, MapView, tiles } from "../../parts/map.js";
import { DataTable } from "../../parts/table.js";
import { Loaded } from "../../parts/trouble.js";

const CHANGES = ["added", "changed", "removed"];
// Told apart without colour too: by the line, and by the table.
const DASHES = { added: [1, 0], changed: [4, 2], removed: [1, 2] };

export function Changes({ scheme, features, issues }) {
  const collection = useLoad(`collection ${scheme}`, (options) => get(`/ogc/collections/${encodeURIComponent(`areas-${scheme}`)}`, options));
  const map = useRef(null);
  const [current, setCurrent] = useState(null);
  function choose(feature) {
    setCurrent(feature.properties.code);
    const box = boxOf([feature.geometry]);
    if (box) map.current?.fitBounds(box, { padding: 60, maxZoom: 14, animate: false });
  }
  const rows = features.map((feature) => ({ feature, ...feature.properties }));
  return html`<div class="imports-changes">
    <div><${Loaded} load=${collection}>${(known) => html`<${ChangesMap} ...${{ scheme, features, issues, map }} bounds=${boxOf(features.map((one) => one.geometry)) ?? boundsOf(known)} />`}</${Loaded}>
      <${Legend} issues=${issues} /></div>
    <${DataTable} caption=${t("imports.changes.table")} columns=${columns(choose)} rows=${rows} rowKey=${(row) => `${row.code} ${row.change}`} empty=${t("imports.changes.none")}
      current=${current && rows.filter((row) => row.code === current).map((row) => `${row.code} ${row.change}`)[0]} />
  </div>`;
}

function columns(choose) {
  return [
    { key: "code", title: t("imports.code"), cell: (row) => html`<button type="button" class="imports-choose" onClick=${() => choose(row.feature)}>${row.code}</button>` },
    { key: "name", title: t("imports.name") },
    { key: "change", title: t("imports.change"), cell: (row) => html`<span class=${`imports-${row.change}`}>${label("imports.became", row.change)}</span>` },
  ];
}

function ChangesMap({ scheme, features, issues, bounds, map }) {
  function draw(made) {
    map.current = made;
    made.addSource("areas", tiles(`areas-${scheme}`));
    made.addLayer({ id: "areas", type: "line", source: "areas", "source-layer": `areas-${scheme}`, paint: { "line-color": token("map-line"), "line-width": 1 } });
    made.addSource("changes", { type: "geojson", data: { type: "FeatureCollection", features } });
    for (const change of CHANGES) {
      const filter = ["==", ["get", "change"], change];
      const colour = token(`imports-${change}`);
      made.addLayer({ id: `fill-${change}`, type: "fill", source: "changes", filter, paint: { "fill-color": colour, "fill-opacity": 0.25 } });
      made.addLayer({ id: `line-${change}`, type: "line", source: "changes", filter, paint: { "line-color": colour, "line-width": 2, "line-dasharray": DASHES[change] } });
    }
    const points = issues.filter((one) => one.point).map((one) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: one.point } }));
    made.addSource("issues", { type: "geojson", data: { type: "FeatureCollection", features: points } });
    made.addLayer({ id: "issues", type: "circle", source: "issues", paint: { "circle-radius": 5, "circle-color": token("surface"), "circle-stroke-width": 3, "circle-stroke-color": token("status-reconsideration_required") } });
    return () => { map.current = null; };
  }
  return html`<${MapView} label=${t("imports.map")} bounds=${bounds} draw=${draw} changed=${scheme} className="imports-map" />`;
}

function Legend({ issues }) {
  return html`<ul class="imports-legend">${CHANGES.map((one) => html`<li key=${one}><span class=${`imports-key imports-key-${one}`} aria-hidden="true"></span>${label("imports.change", one)}</li>`)}
    ${issues.some((one) => one.point) && html`<li><span class="imports-key imports-key-issue" aria-hidden="true"></span>${t("imports.issue")}</li>`}</ul>`;
}
