/* Every decision on a line of time, the newest first; nothing that was decided goes away. */

import { html, useEffect, useRef } from "../../kit/dom.js";
import { day, sek } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Outcome } from "../../parts/badges.js";
import { gateName, isOverdue } from "../../parts/standing.js";
import { Nothing } from "../../parts/trouble.js";
import { namesOf } from "./steps.js";
import { Facts } from "./head.js";
import { Proof } from "./proof.js";

export function Timeline({ code, decisions, gates, bodies, query }) {
  if (!decisions.length) return html`<${Nothing} title=${t("investment.no_decisions")}><p>${t("investment.no_decisions.do")}</p></${Nothing}>`;
  const shared = { code, gates, bodies, decisions };
  return html`<ol class="investment-timeline" reversed>
    ${[...decisions].reverse().map((one) => html`<${Decision} key=${one.id} decision=${one} pointed=${query.decision === String(one.id)} ...${shared} />`)}
  </ol>`;
}

function Decision({ decision, pointed, code, gates, bodies, decisions }) {
  const place = useRef(null);
  const superseded = decision.superseded_by !== null;
  useEffect(() => {
    if (pointed) place.current.focus();
  }, [pointed]);
  return html`<li class=${`investment-decision investment-decision-${decision.outcome}${superseded ? " investment-superseded" : ""}`} tabindex="-1" ref=${place}>
    <p class="investment-decision-day">${day(decision.decided_on)}</p>
    <h3><${Outcome} outcome=${decision.outcome} /> <span dir="auto">${superseded ? html`<s>${gateName(decision.gate, gates)}</s>` : gateName(decision.gate, gates)}</span></h3>
    <p class="investment-decision-by" dir="auto">${[bodies.get(decision.decided_by) ?? decision.decided_by, decision.minutes_paragraph, decision.case_number].filter(Boolean).join(" · ")}</p>
    <${Instead} decision=${decision} decisions=${decisions} code=${code} />
    <p class="investment-words" dir="auto">${superseded ? html`<s>${decision.reason}</s>` : decision.reason}</p>
    <${Outweighed} decision=${decision} /><${Details} decision=${decision} gates=${gates} /><${Conditions} conditions=${decision.conditions} />
    <${Proof} code=${code} decision=${decision} />
  </li>`;
}

/** What replaced it, or what it replaced. */
function Instead({ decision, decisions, code }) {
  const other = (id) => decisions.find((one) => one.id === id);
  const link = (id) => html`<a href=${href(["investments", code], { decision: id })}>${t("investment.decision_of", { day: day(other(id)?.decided_on), number: other(id)?.case_number ?? id })}</a>`;
  if (decision.superseded_by !== null) return html`<p class="investment-instead"><strong>${t("investment.superseded")}</strong> ${t("investment.superseded_by")} ${link(decision.superseded_by)}.</p>`;
  if (decision.supersedes !== null) return html`<p class="investment-instead">${t("investment.supersedes")} ${link(decision.supersedes)}.</p>`;
  return null;
}

function Outweighed({ decision }) {
  if (!decision.outweighings.length) return null;
  const said = (one) => t("investment.arrow", { weak: label("step", one.weak), strong: namesOf(one.strong) });
  return html`<ul class="investment-listed">${decision.outweighings.map((one) => html`<li key=${one.weak}>${said(one)}</li>`)}</ul>`;
}

function Details({ decision, gates }) {
  const by = decision.delegation;
  return html`<${Facts} rows=${[
    [t("investment.released"), decision.released_amount && sek(decision.released_amount)],
    [t("investment.hold_category"), label("hold_category", decision.hold_category)],
    [t("investment.review"), decision.review_on && reviewText(decision)],
    [t("investment.return_to"), decision.return_to && gateName(decision.return_to, gates)],
    [t("investment.skipped_to"), decision.to_gate && gateName(decision.to_gate, gates)],
    [t("investment.benefit_result"), label("benefit_result", decision.benefit_result)],
    [t("investment.lesson_learnt"), decision.lesson],
    [t("investment.delegation"), by && delegationText(by)],
  ]} />`;
}

function reviewText(decision) {
  const late = decision.superseded_by === null && isOverdue(decision.review_on);
  return late ? `${day(decision.review_on)} (${t("investment.day_passed")})` : day(decision.review_on);
}

function delegationText({ point, official, reported_on: reported }) {
  const who = [official, point].filter(Boolean).join(", ");
  return reported ? t("investment.reported", { who, day: day(reported) }) : who;
}

function Conditions({ conditions }) {
  if (!conditions.length) return null;
  return html`<h4>${t("investment.conditions")}</h4><ul class="investment-conditions">${conditions.map((one) => html`<${Condition} key=${one.n} condition=${one} />`)}</ul>`;
}

/** A condition with who owns it and whether it is met; `from` tells where it comes from. */
export function Condition({ condition, from }) {
  const met = condition.met_on !== null;
  const late = !met && isOverdue(condition.due_on);
  const state = met ? "met" : late ? "late" : "open";
  return html`<li class=${`investment-condition investment-condition-${state}`}>
    <span class="investment-tick" aria-hidden="true">${met ? "✓" : late ? "!" : ""}</span>
    <div><p class="investment-words" dir="auto">${condition.text}</p>
      <p class="small" dir="auto">${[condition.owner, condition.due_on && t("investment.due_on", { day: day(condition.due_on) }), stateText(state, condition)].filter(Boolean).join(" · ")}</p>
      ${condition.note && html`<p class="small" dir="auto">${condition.note}</p>`}
      ${from && html`<p class="small" dir="auto">${from}</p>`}</div>
  </li>`;
}

function stateText(state, condition) {
  return state === "met" ? t("investment.met_on", { day: day(condition.met_on) }) : label("investment.condition", state);
}
