/* What lies before the next gate: what still blocks it, what the program group says, what is not yet met. */

import { html } from "../../kit/dom.js";
import { path, query as queryOf } from "../../kit/api.js";
import { day } from "../../kit/format.js";
import { setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Outcome } from "../../parts/badges.js";
import { Select } from "../../parts/fields.js";
import { gateName } from "../../parts/standing.js";
import { Loaded } from "../../parts/trouble.js";
import { useOne } from "./asking.js";
import { Condition } from "./decisions.js";
import { openConditions } from "./gating.js";

const OUTCOMES = ["pass", "amend", "hold", "rework", "stop"];

/** What blocks a decision, by its outcome. */
export function Readiness({ of, gates, query }) {
  const outcome = OUTCOMES.includes(query.readiness) ? query.readiness : "pass";
  const load = useOne(`${path`/v1/investments/${of.code}/readiness`}${queryOf({ outcome })}`);
  return html`<${Select} label=${t("investment.outcome")} plain value=${outcome}
      options=${OUTCOMES.map((value) => ({ value, label: label("outcome", value) }))} onChange=${(value) => setQuery({ readiness: value })} />
    <div aria-live="polite"><${Loaded} load=${load}>${(ready) => html`<${Checklist} ready=${ready} gates=${gates} />`}</${Loaded}></div>`;
}

function Checklist({ ready, gates }) {
  const gate = gateName(ready.gate, gates);
  if (ready.ready) return html`<p class="investment-ready"><span class="investment-tick" aria-hidden="true">✓</span>${t("investment.ready", { gate })}</p>`;
  return html`<p class="investment-blocked">${t("investment.blocked", { n: ready.reasons.length, gate })}</p>
    <ul class="investment-checklist">${byRule(ready.reasons).map(([rule, details]) => html`<li key=${rule}>
      <span class="investment-tick" aria-hidden="true"></span>
      <div><p class="investment-rule"><span class="rule">${rule}</span> ${ruleText(rule)}</p><${Details} details=${details} /></div></li>`)}</ul>`;
}

/** The reasons of each rule together: a draft may lack twenty things by the same one. */
export function byRule(reasons) {
  const rules = new Map();
  for (const { rule, detail } of reasons) rules.set(rule, [...(rules.get(rule) ?? []), detail]);
  return [...rules];
}

function Details({ details }) {
  if (details.length === 1) return html`<p>${details[0]}</p>`;
  return html`<ul>${details.map((one, i) => html`<li key=${i}>${one}</li>`)}</ul>`;
}

function ruleText(rule) {
  const text = label("investment.rule", rule);
  return text === rule ? "" : text;
}

/** What the program group has said, the newest first; what concerns the present gate stands out. */
export function Recommendations({ recommendations, at, gates }) {
  if (!recommendations.length) return html`<p class="soft">${t("investment.no_recommendation")}</p>`;
  const newest = [...recommendations].sort((a, b) => b.recommended_on.localeCompare(a.recommended_on) || b.id - a.id);
  return html`${!newest.some((one) => one.gate === at) && html`<p class="soft">${t("investment.no_recommendation_here")}</p>`}
    <ul class="investment-recommendations">${newest.map((one) => html`<li key=${one.id} class=${one.gate === at ? "investment-recommended" : undefined}>
      <p class="investment-signs"><${Outcome} outcome=${one.outcome} /><strong dir="auto">${gateName(one.gate, gates)}</strong><span class="soft">${day(one.recommended_on)}</span></p>
      <p class="investment-words" dir="auto">${one.reason}</p></li>`)}</ul>`;
}

export function OpenConditions({ decisions, gates }) {
  const open = openConditions(decisions);
  if (!open.length) return html`<p class="soft">${t("investment.no_conditions")}</p>`;
  return html`<ul class="investment-conditions">${open.map((one) => html`<${Condition} key=${`${one.decision.id}-${one.n}`} condition=${one}
    from=${t("investment.condition_from", { gate: gateName(one.decision.gate, gates), number: one.decision.case_number })} />`)}</ul>`;
}
