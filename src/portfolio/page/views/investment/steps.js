/* The five steps at each gate, side by side: a row a step, a column a round. */

import { html } from "../../kit/dom.js";
import { day, dayOfMoment } from "../../kit/format.js";
import { setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Outcome, Verdict } from "../../parts/badges.js";
import { Check } from "../../parts/fields.js";
import { gateName } from "../../parts/standing.js";
import { Nothing } from "../../parts/trouble.js";
import { STEPS, decisionOn, outweighedBy, stepOf } from "./gating.js";
import { Round } from "./round.js";

// So few columns are easier to read near their names than spread over the page.
const FEW = 3;

export function Steps({ rounds, decisions, gates, query }) {
  if (!rounds.length) return html`<${Nothing} title=${t("investment.no_rounds")}><p>${t("investment.no_rounds.do")}</p></${Nothing}>`;
  const chosen = rounds.find((round) => String(round.round) === query.round) ?? rounds.at(-1);
  const reasons = query.reasons === "1";
  return html`<${Check} label=${t("investment.show_reasons")} checked=${reasons} onChange=${(on) => setQuery({ reasons: on ? "1" : null })} />
    <${Matrix} rounds=${rounds} decisions=${decisions} gates=${gates} chosen=${chosen} reasons=${reasons} />
    <${Round} round=${chosen} decision=${decisionOn(decisions, chosen.round)} gates=${gates} />`;
}

function Matrix({ rounds, decisions, gates, chosen, reasons }) {
  const columns = rounds.map((round) => ({ round, decision: decisionOn(decisions, round.round) }));
  const classes = ["table investment-matrix", reasons && "investment-matrix-wide", rounds.length < FEW && "investment-matrix-few"].filter(Boolean).join(" ");
  return html`<div class="table-frame" role="region" aria-label=${t("investment.matrix")} tabindex="0">
    <table class=${classes}>
      <caption class="visually-hidden">${t("investment.matrix")}</caption>
      <thead><tr><th scope="col">${t("investment.step")}</th>
        ${columns.map(({ round, decision }) => html`<${Column} key=${round.round} round=${round} decision=${decision} gates=${gates} chosen=${round === chosen} />`)}</tr></thead>
      <tbody>${STEPS.map((step) => html`<tr key=${step}><th scope="row">${label("step", step)}</th>
        ${columns.map(({ round, decision }) => html`<td key=${round.round} class=${round === chosen ? "investment-chosen" : undefined}>
          <${Cell} of=${stepOf(round, step)} strong=${outweighedBy(decision, step)} reasons=${reasons} /></td>`)}</tr>`)}</tbody>
    </table></div>`;
}

function Column({ round, decision, gates, chosen }) {
  return html`<th scope="col" class=${chosen ? "investment-column investment-chosen" : "investment-column"}>
    <span class="investment-column-gate" dir="auto">${gateName(round.gate, gates)}</span>
    <span class="investment-column-round">${roundName(round)}</span>
    ${round.status === "draft" ? html`<span class="badge investment-draft">${t("investment.draft")}</span>`
      : decision ? html`<${Outcome} outcome=${decision.outcome} />` : html`<span class="badge status-submitted">${t("investment.undecided")}</span>`}
    <button type="button" class="button investment-read" aria-pressed=${chosen ? "true" : "false"} aria-controls="investment-round"
      onClick=${() => setQuery({ round: round.round })}>${t("investment.read")}<span class="visually-hidden"> ${roundName(round)}</span></button>
  </th>`;
}

export function roundName(round) {
  return t("investment.round", { number: round.round });
}

function Cell({ of, strong, reasons }) {
  return html`<${Verdict} verdict=${of.verdict} /> <${Confidence} confidence=${of.confidence} />
    ${strong.length > 0 && html`<p class="investment-outweighed"><span aria-hidden="true">↷ </span>${t("investment.outweighed_by", { steps: namesOf(strong) })}</p>`}
    ${reasons && of.reasoning && html`<p class="investment-words investment-cell-reason" dir="auto">${of.reasoning}</p>`}`;
}

/** "strategi och nytta". */
export function namesOf(steps) {
  const names = steps.map((step) => label("step", step).toLowerCase());
  return names.length < 2 ? names.join("") : t("investment.and", { first: names.slice(0, -1).join(", "), last: names.at(-1) });
}

const FILLED = { low: 1, medium: 2, high: 3 };

/** Three dots of which some are filled, and the words. */
export function Confidence({ confidence }) {
  if (!confidence) return null;
  return html`<span class="investment-confidence"><svg viewBox="0 0 30 10" width="30" height="10" aria-hidden="true">
    ${[0, 1, 2].map((i) => html`<circle key=${i} cx=${5 + i * 10} cy="5" r="3.5" class=${i < FILLED[confidence] ? "investment-dot-on" : "investment-dot"} />`)}
  </svg>${label("confidence", confidence)}</span>`;
}

/** When the round was handed in, in words. */
export function submittedText(round) {
  return round.submitted_at ? t("investment.submitted_on", { day: day(dayOfMoment(round.submitted_at)) }) : t("investment.draft.hint");
}
