/* How a decision let a strong step outweigh a weak one: drawn, and in words. */

import { html, useId } from "../../kit/dom.js";
import { day } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { Verdict } from "../../parts/badges.js";
import { gateName } from "../../parts/standing.js";
import { STEPS, stepOf } from "./gating.js";
import { namesOf } from "./steps.js";

/* Units of the drawing: as wide as the narrowest telephone, so that its words are never smaller than the text. */
const WIDTH = 340;
const HEIGHT = 246;
const FIRST = 44;
const APART = 63;
const RADIUS = 14;
// The better the verdict, the higher the step hangs.
const LEVELS = { positive: 80, neutral: 134, negative: 184, not_assessed: 184 };
const SIGNS = { positive: "+", neutral: "±", negative: "−", not_assessed: "?" };

export function Outweighings({ decisions, rounds, gates }) {
  const weighed = [...decisions].reverse().filter((one) => one.outweighings.length > 0);
  if (!weighed.length) return html`<p class="soft">${t("investment.no_outweighing")}</p>`;
  return html`${weighed.map((decision) => html`<${Weighed} key=${decision.id} decision=${decision} gates=${gates}
    round=${rounds.find((round) => round.round === decision.round)} />`)}`;
}

function Weighed({ decision, round, gates }) {
  return html`<figure class="investment-weighed">
    <figcaption><h3 dir="auto">${t("investment.weighed_at", { gate: gateName(decision.gate, gates), day: day(decision.decided_on) })}</h3>
      ${decision.superseded_by !== null && html`<p class="soft">${t("investment.superseded")}</p>`}</figcaption>
    ${round && html`<${Drawing} round=${round} decision=${decision} />`}
    <ul class="investment-weighings">${decision.outweighings.map((one) => html`<${Words} key=${one.weak} one=${one} round=${round} />`)}</ul>
  </figure>`;
}

function Words({ one, round }) {
  return html`<li>
    <p class="investment-signs"><strong>${label("step", one.weak)}</strong>
      ${round && html`<${Verdict} verdict=${stepOf(round, one.weak).verdict} />`}
      <span>${t("investment.is_outweighed_by")}</span> <strong>${namesOf(one.strong)}</strong></p>
    <p class="investment-words" dir="auto">${one.reason}</p>
  </li>`;
}

/** The places of the steps: `{step: {x, y, verdict}}`. */
export function placesOf(round) {
  return Object.fromEntries(STEPS.map((step, i) => {
    const { verdict } = stepOf(round, step);
    return [step, { x: FIRST + i * APART, y: LEVELS[verdict], verdict }];
  }));
}

/** A curve that leaves the weak step upwards and comes down on the strong one, over those between: the farther, the higher. */
export function curve(from, to) {
  const steps = Math.abs(to.x - from.x) / APART;
  const top = Math.max(2, Math.min(from.y, to.y) - 26 - 12 * steps);
  return `M${from.x} ${from.y - RADIUS} C${from.x} ${top} ${to.x} ${top} ${to.x} ${to.y - RADIUS - 5}`;
}

function Drawing({ round, decision }) {
  const id = useId();
  const places = placesOf(round);
  const arrows = decision.outweighings.flatMap((one) => one.strong.map((strong) => [one.weak, strong]));
  return html`<svg class="investment-drawing" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${inWords(decision)}>
    <defs><marker id=${id} viewBox="0 0 8 8" refX="6" refY="4" markerWidth="5" markerHeight="5" orient="auto"><path class="investment-arrowhead" d="M0 0 8 4 0 8z" /></marker></defs>
    ${["positive", "neutral", "negative"].map((verdict) => html`<${Level} key=${verdict} verdict=${verdict} />`)}
    ${arrows.map(([weak, strong], i) => html`<path key=${i} class="investment-arrow" d=${curve(places[weak], places[strong])} marker-end=${`url(#${id})`} />`)}
    ${STEPS.map((step) => html`<${Knot} key=${step} step=${step} at=${places[step]} weak=${decision.outweighings.some((one) => one.weak === step)} />`)}
  </svg>`;
}

function inWords(decision) {
  return decision.outweighings.map((one) => t("investment.arrow", { weak: label("step", one.weak), strong: namesOf(one.strong) })).join(" ");
}

function Level({ verdict }) {
  return html`<g class="investment-level"><line x1="20" x2=${WIDTH} y1=${LEVELS[verdict]} y2=${LEVELS[verdict]} />
    <text x="0" y=${LEVELS[verdict] + 5}>${SIGNS[verdict]}</text></g>`;
}

function Knot({ step, at, weak }) {
  return html`<g class=${`investment-knot investment-knot-${at.verdict}${weak ? " investment-knot-weak" : ""}`}>
    <line x1=${at.x} x2=${at.x} y1=${at.y + RADIUS} y2=${HEIGHT - 22} />
    <circle cx=${at.x} cy=${at.y} r=${RADIUS} /><text class="investment-knot-sign" x=${at.x} y=${at.y + 6}>${SIGNS[at.verdict]}</text>
    <text class="investment-knot-name" x=${at.x} y=${HEIGHT - 6}>${label("step", step)}</text></g>`;
}
