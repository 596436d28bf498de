/* What the colours and the signs of the map mean. */

import { html } from "../../kit/dom.js";
import { number } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { KindSign } from "../../parts/badges.js";
import { roomFor } from "./layers.js";
import { AREA_TYPES, NOTHING, UNKNOWN, colourOf, countByClass, countOf } from "./measures.js";
import { classText } from "./wording.js";

export function Legend({ measure, areas, classes, me, shown }) {
  const counts = countByClass(measure, areas, classes);
  const steps = measure === "area_type" ? AREA_TYPES : [NOTHING, ...classes.limits.map((_, i) => i + 1)];
  const known = counts.has(UNKNOWN) ? [...steps, UNKNOWN] : steps;
  return html`<div class="place-legend">
    <div class="place-legend-colours">
      <h2 class="place-legend-title">${label(me ? "place.legend.title" : "place.legend.public", measure)}</h2>
      <ul class="place-classes">${known.map((found) => html`<li key=${found}>
        <${Swatch} colour=${colourOf(measure, found, classes)} unknown=${found === UNKNOWN} />
        <span>${classText(measure, found, classes)} <span class="small">(${number(counts.get(found) ?? 0)}<span class="visually-hidden"> ${t("place.legend.areas", { n: counts.get(found) ?? 0 })}</span>)</span></span></li>`)}</ul>
    </div>
    ${shown.kind !== "none" && html`<${Signs} areas=${areas} shown=${shown} />`}
  </div>`;
}

function Swatch({ colour, unknown }) {
  return html`<svg class="place-swatch" viewBox="0 0 28 18" width="28" height="18" aria-hidden="true">
    <rect x=".5" y=".5" width="27" height="17" rx="2" style=${{ fill: `var(--${colour})` }} />
    ${unknown && html`<path d="M3 17 19 1M11 17 27 1M1 11 11 1M19 17 27 9" />`}</svg>`;
}

function Signs({ areas, shown }) {
  const crowded = roomFor(countOf(areas)).dots > 0;
  return html`<div class="place-legend-signs">
    <h2 class="place-legend-title">${t("place.legend.signs")}</h2>
    <ul class="place-sign-list">
      ${shown.kind !== "social" && html`<li><${KindSign} kind="physical" /> ${label("kind", "physical")}</li>`}
      ${shown.kind !== "physical" && html`<li><${KindSign} kind="social" /> ${label("kind", "social")}</li>`}
      <li><${Mark} status="on_hold">${html`<path class="place-mark-sign" d="M6 5h1.5v6H6zM8.5 5H10v6H8.5z" />`}</${Mark}> ${label("status", "on_hold")}</li>
      <li><${Mark} status="reconsideration_required">${html`<path class="place-mark-sign" d="M7.2 4h1.6v5H7.2zM7.2 10h1.6v1.6H7.2z" />`}</${Mark}> ${label("status", "reconsideration_required")}</li>
      <li><${Mark} status="completed">${html`<path class="place-mark-line" d="m5 8.2 2 2 4-4.4" />`}</${Mark}> ${label("status", "completed")}</li>
      ${shown.stopped && html`<li><svg class="place-mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path class="place-cross" d="M2 14 14 2" /></svg> ${label("status", "stopped")}</li>`}
      <li><svg class="place-mark" viewBox="0 0 22 16" width="22" height="16" aria-hidden="true"><path class="place-outline" d="M1 8h20" /></svg> ${t("place.legend.program")}</li>
    </ul>
    <p class="small">${crowded ? t("place.legend.crowded") : t("place.legend.zoom")} ${t("place.legend.gate")} ${t("place.legend.room")}</p>
    <p class="small"><a href=${href(["investments"], { kind: shown.kind })}>${t("place.investments.list")}</a></p>
  </div>`;
}

function Mark({ status, children }) {
  return html`<svg class="place-mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <circle cx="8" cy="8" r="7" style=${{ fill: `var(--status-${status})` }} />${children}</svg>`;
}
