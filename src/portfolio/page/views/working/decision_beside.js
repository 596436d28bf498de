/* Beside the decision: whose turn it is, what it is decided on, and what has been decided before. */

import { html } from "../../kit/dom.js";
import { day, moment, sek } from "../../kit/format.js";
import { may } from "../../kit/session.js";
import { label, t } from "../../kit/texts.js";
import { Outcome } from "../../parts/badges.js";
import { sekExactly } from "./amounts.js";
import { Verdicts } from "./beside.js";
import { recommendationHere, whoDecides } from "./deciders.js";
import { Facts } from "./forms.js";
import { gateName } from "./loading.js";

export function WhoDecides({ known, ground, on, me }) {
  const { body, partial, level, gross } = whoDecides(known, ground, on);
  const recommended = recommendationHere(known, ground);
  const turn = level ? "raised" : partial ? "partial" : "program";
  const mine = me.bodies.length === 0 || (body && me.bodies.includes(body.code));
  return html`<section class="card" aria-labelledby="work-who">
    <h2 id="work-who">${t("work.who")}</h2>
    ${body && html`<p><strong dir="auto">${body.name}</strong> ${label("work.who", turn)}</p>`}
    ${level && html`<p class="work-note">${t("work.who.level", { amount: sek(gross), level: label("work.level", level) })}</p>`}
    ${body && !mine && me.role === "board" && html`<p class="hint">${t("work.who.not_yours")}</p>`}
    ${partial && html`<p class="hint">${recommended
      ? t("work.who.recommended", { outcome: label("outcome", recommended.outcome), on: day(recommended.recommended_on) })
      : t("work.who.not_recommended")}</p>`}
    ${partial && !recommended && may(me, "POST /v1/investments/{investment}/recommendations")
      && html`<p><a href=${`#/work/${encodeURIComponent(known.investment.code)}/recommendation`}>${t("work.recommendation")}</a></p>`}
  </section>`;
}

export function RoundInBrief({ round, code, me, known }) {
  const writes = may(me, "POST /v1/investments/{investment}/assessments");
  return html`<section class="card" aria-labelledby="work-round">
    <h2 id="work-round">${t("work.round")}</h2>
    ${round ? html`<p class="hint">${t("work.round.of", { round: round.round, at: moment(round.submitted_at) })}</p>
        <${Verdicts} steps=${round.steps} />
        <${Facts} facts=${[[t("work.round.total"), sekExactly(round.frozen?.total)], ...asked(round)]} />`
      : html`<p>${t("work.round.none", { gate: gateName(known.template, known.investment.gate) })}</p>
        ${writes && html`<p><a href=${`#/work/${encodeURIComponent(code)}/assessment`}>${t("work.to_assessment")}</a></p>`}`}
  </section>`;
}

function asked(round) {
  const amount = round.steps.governance.plan?.requested_amount;
  return amount ? [[t("work.round.asked"), sekExactly(amount)]] : [];
}

export function DecidedSoFar({ known, latest }) {
  const { row } = known;
  return html`<section class="card" aria-labelledby="work-so-far">
    <h2 id="work-so-far">${t("work.so_far")}</h2>
    ${row && html`<${Facts} facts=${[
      [t("work.so_far.decided"), sek(row.decided_total)],
      [t("work.so_far.released"), sek(row.released_total)],
      [t("work.so_far.remaining"), sek(row.remaining_to_release)],
      [t("work.so_far.forecast"), sek(row.forecast_total)]]} />`}
    ${latest ? html`<p class="work-latest"><${Outcome} outcome=${latest.outcome} /> ${gateName(known.template, latest.gate)}, ${day(latest.decided_on)}${" "}
        <span class="small" dir="auto">${latest.case_number}</span></p>`
      : html`<p class="hint">${t("work.so_far.none")}</p>`}
  </section>`;
}
