/* The parts of what something costs each year: their order, which lessen the cost, and one colour each, everywhere. */

import { html } from "../kit/dom.js";
import { fromOre, toOre } from "../kit/format.js";
import { label } from "../kit/texts.js";
import { token } from "../kit/theme.js";

export const COSTS = ["depreciation", "interest", "operation", "maintenance", "staff", "one_off"];
export const RELIEFS = ["grant", "income", "savings"];
const PARTS = [...COSTS, ...RELIEFS];

const isRelief = (part) => RELIEFS.includes(part);

/** Only what is there in some year: nine parts of which six are nothing would be noise. */
export function partsShown(years) {
  return PARTS.filter((part) => years.some((year) => toOre(year[part]) !== 0n));
}

/** As it counts in the total: what lessens the cost is below zero. */
export function counted(year, part) {
  return isRelief(part) ? fromOre(-toOre(year[part])) : year[part];
}

export function partName(part) {
  return label("consequence_part", part);
}

/** Our own, for it must find its lines at every width. */
export function PartsLegend({ shown }) {
  return html`<ul class="parts-legend" aria-hidden="true">
    ${shown.map((part) => html`<li key=${part}><span class=${isRelief(part) ? "parts-swatch parts-relief" : "parts-swatch"} style=${{ "--part": `var(--part-${part})` }}></span>${partName(part)}</li>`)}
    <li><span class="parts-swatch parts-line"></span>${partName("total")}</li></ul>`;
}

/** The stacked bars of the parts shown, and the total as a line through them. `drawn` makes a number of an amount. */
export function seriesOf(years, shown, drawn) {
  return [...shown.map((part) => bars(years, part, drawn)), line(years, drawn)];
}

function bars(years, part, drawn) {
  return {
    name: partName(part), type: "bar", stack: "year", barCategoryGap: "22%",
    data: years.map((year) => drawn(counted(year, part))),
    itemStyle: { color: token(`part-${part}`), borderColor: token("surface"), borderWidth: 0.5, ...(isRelief(part) ? { decal: hatched() } : {}) },
  };
}

// What lessens the cost is hatched as well as below the line.
function hatched() {
  return { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4, color: token("surface") };
}

function line(years, drawn) {
  const ink = token("ink");
  return {
    name: partName("total"), type: "line", data: years.map((year) => drawn(year.total)), symbol: "circle", symbolSize: years.length > 30 ? 3 : 6,
    lineStyle: { color: ink, width: 2 }, itemStyle: { color: ink }, z: 5,
  };
}
