/* The gates of an investment in a row: passed, here, ahead. */

import { html } from "../../kit/dom.js";
import { day } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { gateName } from "../../parts/standing.js";
import { passedBy, wayThrough } from "./gating.js";

/** `decisions` may be missing: then the gates stand without their days. */
export function Stepper({ gates, at, status, decisions }) {
  const passed = decisions ? passedBy(decisions) : new Map();
  return html`<ol class="investment-gates" aria-label=${t("investment.gates")}>
    ${wayThrough(gates, at, status).map(({ gate, where }) => html`<${Gate} key=${gate.code} gate=${gate} where=${where}
      status=${status} decision=${where === "passed" ? passed.get(gate.code) : null} />`)}
  </ol>`;
}

function Gate({ gate, where, status, decision }) {
  return html`<li class=${`investment-gate investment-gate-${where}`} data-status=${where === "here" ? status : undefined}
      aria-current=${where === "here" ? "step" : undefined}>
    <${Sign} where=${where} status=${status} />
    <span class="investment-gate-name" dir="auto">${gateName(gate.code, [gate])}</span>
    <span class="investment-gate-note">${noteOf(where, status, decision)}</span>
  </li>`;
}

function noteOf(where, status, decision) {
  if (where === "here") return label("status", status);
  if (!decision) return label("investment.where", where);
  return decision.outcome === "skip" ? label("outcome", "skip") : t("investment.passed_on", { day: day(decision.decided_on) });
}

/** The shape says it as well as the colour: a tick, a ring, an empty ring; a pause, a cross. */
function Sign({ where, status }) {
  return html`<svg class="investment-gate-sign" viewBox="0 0 28 28" width="28" height="28" aria-hidden="true">
    <circle cx="14" cy="14" r="11" />
    ${where === "passed" && html`<path d="m8.5 14.5 4 4 7-8" />`}
    ${where === "here" && (HERE[status] ?? html`<circle class="investment-gate-dot" cx="14" cy="14" r="5" />`)}
  </svg>`;
}

const HERE = {
  on_hold: html`<path d="M11 9.5v9M17 9.5v9" />`,
  stopped: html`<path d="m10 10 8 8m0-8-8 8" />`,
  reconsideration_required: html`<path d="M14 8v7m0 4v.5" />`,
};
