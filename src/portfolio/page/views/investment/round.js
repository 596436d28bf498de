/* One round in full: every step with its reasons and what they stand on. */

import { html } from "../../kit/dom.js";
import { day, number, sek } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { Verdict } from "../../parts/badges.js";
import { gateName } from "../../parts/standing.js";
import { STEPS, isLink, outweighedBy, stepOf } from "./gating.js";
import { Facts } from "./head.js";
import { Confidence, namesOf, roundName, submittedText } from "./steps.js";

export function Round({ round, decision, gates }) {
  return html`<article class="investment-round" id="investment-round" aria-labelledby="investment-round-name">
    <h3 id="investment-round-name" dir="auto">${t("investment.round_at", { round: roundName(round), gate: gateName(round.gate, gates) })}</h3>
    <p class="soft">${submittedText(round)}${round.frozen ? ` · ${t("investment.frozen", { total: sek(round.frozen.total), gross: sek(round.frozen.gross_expense) })}` : ""}</p>
    <div class="investment-round-steps">
      ${STEPS.map((step) => html`<${Step} key=${step} step=${step} of=${stepOf(round, step)} strong=${outweighedBy(decision, step)} />`)}
    </div>
  </article>`;
}

function Step({ step, of, strong }) {
  return html`<section class="investment-round-step" data-step=${step}>
    <h4>${label("step", step)}</h4>
    <p class="investment-signs"><${Verdict} verdict=${of.verdict} /> <${Confidence} confidence=${of.confidence} /></p>
    ${of.reasoning ? html`<p class="investment-words" dir="auto">${of.reasoning}</p>` : html`<p class="soft">${t("investment.no_reasoning")}</p>`}
    ${strong.length > 0 && html`<p class="investment-outweighed">${t("investment.outweighed_by", { steps: namesOf(strong) })}</p>`}
    <${Goals} goals=${of.goals} /><${Perspectives} perspectives=${of.perspectives} /><${Benefits} benefits=${of.benefits} />
    <${Partners} partners=${of.partners} /><${Plan} plan=${of.plan} /><${Evidence} evidence=${of.evidence} />
  </section>`;
}

function Listed({ title, of, children }) {
  if (!of?.length) return null;
  return html`<h5>${title}</h5><ul class="investment-listed">${of.map((one, i) => html`<li key=${i} dir="auto">${children(one)}</li>`)}</ul>`;
}

function Goals({ goals }) {
  return html`<${Listed} title=${t("investment.goals")} of=${goals}>${(goal) => html`<strong>${goal.code}</strong> <span class="soft">${label("investment.sign", goal.sign)}</span>`}</${Listed}>`;
}

function Perspectives({ perspectives }) {
  const given = Object.entries(perspectives ?? {});
  return html`<${Listed} title=${t("investment.perspectives")} of=${given}>${([name, verdict]) => html`
    ${label("perspective", name)}: <span class="soft">${label("verdict", verdict).toLowerCase()}</span>`}</${Listed}>`;
}

function Benefits({ benefits }) {
  return html`<${Listed} title=${t("investment.benefits")} of=${benefits}>${(one) => html`
    <strong>${one.name}</strong> <span class="soft">${t("investment.for_whom", { who: one.beneficiaries })}</span>`}</${Listed}>`;
}

function Partners({ partners }) {
  return html`<${Listed} title=${t("investment.partners")} of=${partners}>${(one) => html`
    <strong>${one.name}</strong> <span class="soft">${label("commitment", one.commitment)}${one.amount ? `, ${sek(one.amount)}` : ""}</span>`}</${Listed}>`;
}

/** Only an address of the web is a link: other schemes could run something. */
function Evidence({ evidence }) {
  return html`<${Listed} title=${t("investment.evidence")} of=${evidence}>${(one) => isLink(one) ? html`<a href=${one} rel="noopener noreferrer">${one}</a>` : one}</${Listed}>`;
}

function Plan({ plan }) {
  if (!plan) return null;
  return html`<h5>${t("investment.plan")}</h5><${Facts} rows=${[
    [t("investment.accountable"), plan.accountable],
    [t("investment.next_gate_on"), plan.next_gate_on && day(plan.next_gate_on)],
    [t("investment.requested"), plan.requested_amount && sek(plan.requested_amount)],
    [t("investment.tolerance"), plan.tolerance_percent !== null && plan.tolerance_percent !== undefined ? `${number(plan.tolerance_percent, 1)}\u00a0%` : null],
    [t("investment.follow_up"), plan.follow_up],
  ]} />`;
}
