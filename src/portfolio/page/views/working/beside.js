/* What stands beside a form: what is missing, the money, the round in brief. */

import { get, path } from "../../kit/api.js";
import { html } from "../../kit/dom.js";
import { sek } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { label, t } from "../../kit/texts.js";
import { Verdict } from "../../parts/badges.js";
import { Loaded } from "../../parts/trouble.js";
import { Facts, FieldLink } from "./forms.js";
import { assessmentField, fieldName } from "./pointers.js";
import { STEPS } from "./steps.js";

/**
 * The reasons of the API against an outcome, asked for anew when `version` changes.
 *
 * `missing` are pointers that the form still lacks: what has been filled in since the last save is told so. `weak`
 * are the steps that a pass must outweigh, in the order in which the API names them.
 */
export function Readiness({ code, outcome, version, missing, weak = null }) {
  const loading = useLoad(`readiness.${code}.${outcome}.${version}`, ({ signal }) => get(path`/v1/investments/${code}/readiness?outcome=${outcome}`, { signal }), { keep: true });
  return html`<section class="card work-readiness" aria-labelledby="work-readiness">
    <h2 id="work-readiness">${t("work.readiness")}</h2>
    <p class="hint">${weak === null ? t("work.readiness.draft") : t("work.readiness.decision", { outcome: label("outcome", outcome) })}</p>
    <${Loaded} load=${loading}>${({ reasons }) => (reasons.length
      ? html`<ul class="reasons">${reasons.map((one, i) => html`<${Reason} key=${i} reason=${one} missing=${missing} pointer=${pointerOf(one, reasons, weak)} />`)}</ul>`
      : html`<p class="work-ready">${t("work.readiness.none")}</p>`)}</${Loaded}>
  </section>`;
}

const SECTIONS = { G7: "/steps/governance/plan", G2: "/steps/strategy" };

/** Which field a reason is about, or null: missing parts name it, weak steps come in their order (G5). */
function pointerOf(reason, reasons, weak) {
  if (weak === null) return assessmentField(reason) ?? SECTIONS[reason.rule] ?? null;
  const about = reasons.filter((one) => one.rule === "G5");
  const step = weak[about.indexOf(reason)];
  return about.length === weak.length && step ? `/outweighings/${step}` : null;
}

function Reason({ reason, missing, pointer }) {
  const named = assessmentField(reason);
  const done = pointer && !missing.some((one) => one.startsWith(pointer)) && (named || reason.rule === "G5");
  return html`<li class=${done ? "work-done-line" : undefined}><span class="rule">${reason.rule}</span>${" "}
    ${named ? html`<${FieldLink} pointer=${named}>${fieldName(named)}</${FieldLink}> ${done ? "" : t("work.is_missing")}`
      : html`${reason.detail} ${pointer && html`<${FieldLink} pointer=${pointer}>${t("work.show_it")}</${FieldLink}>`}`}
    ${" "}${done && html`<span class="work-tag work-met">${t("work.filled_unsaved")}</span>`}</li>`;
}

/** The totals of the plan lines: what a round freezes when it is handed in. */
export function Money({ code }) {
  const loading = useLoad(`plan.${code}`, ({ signal }) => get(path`/v1/investments/${code}/plan-lines`, { signal }), { keep: true });
  return html`<section class="card" aria-labelledby="work-money">
    <h2 id="work-money">${t("work.money")}</h2>
    <${Loaded} load=${loading}>${({ forecast, decided, outcome }) => html`
      <${Facts} facts=${[
        [t("work.money.forecast"), sek(forecast.total)],
        [t("work.money.capital"), sek(forecast.total_capital)],
        [t("work.money.operating"), sek(forecast.total_operating)],
        [t("work.money.decided"), sek(decided.total)],
        [t("work.money.outcome"), sek(outcome.total)],
      ]} />
      ${!forecast.lines.length && html`<p class="hint">${t("work.money.no_lines")}</p>`}
      <p class="hint"><a href=${`#/investments/${encodeURIComponent(code)}`}>${t("work.money.lines", { n: forecast.lines.length })}</a></p>`}</${Loaded}>
  </section>`;
}

/** The five verdicts of a round; the reasoning of each can be opened. */
export function Verdicts({ steps }) {
  return html`<ul class="work-verdicts">${STEPS.map((name) => html`<li key=${name}>
    <details><summary><span>${label("step", name)}</span> <${Verdict} verdict=${steps[name].verdict ?? "not_assessed"} /></summary>
      <p dir="auto" class="work-reasoning">${steps[name].reasoning || t("work.compare.empty")}</p>
      <p class="small">${label("confidence", steps[name].confidence)}</p></details>
  </li>`)}</ul>`;
}
