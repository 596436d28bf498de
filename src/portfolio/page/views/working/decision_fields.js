/* The fields of a decision: those of its outcome, and no others. */

import { html } from "../../kit/dom.js";
import { day, today } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { Verdict } from "../../parts/badges.js";
import { Check, Radios, Select, TextArea, TextField } from "../../parts/fields.js";
import { DecidedLines } from "./decided_lines.js";
import { cannotPass, toOutweigh } from "./decision_values.js";
import { Place, Rows, choices } from "./forms.js";
import { gateName } from "./loading.js";
import { STEPS } from "./steps.js";

const HOLDS = ["organisational", "economic", "cultural", "courage", "market"];
const RESULTS = ["achieved", "partly", "not_achieved"];

/** A field in a place that can be led to. */
export function placed(at, pointer, Kind, more = {}) {
  return html`<${Place} key=${pointer} pointer=${pointer}><${Kind} ...${at(pointer)} ...${more} /></${Place}>`;
}

export function DecisionFields({ at, form, ground, known, latest, outcomes, bodies }) {
  return html`
    <section class="card work-step" aria-labelledby="work-what"><h2 id="work-what">${t("work.decision.what")}</h2>
      <${Outcomes} at=${at} outcomes=${outcomes} gate=${gateName(known.template, ground.gate)} />
      ${cannotPass(form.outcome, ground.steps, ground.atLastGate) && html`<${Impossible} at=${at} outcomes=${outcomes} />`}
      ${latest && html`<${Supersedes} at=${at} latest=${latest} template=${known.template} />`}
    </section>
    <section class="card work-step" aria-labelledby="work-minutes"><h2 id="work-minutes">${t("work.decision.minutes")}</h2>
      <${Minutes} at=${at} form=${form} bodies=${bodies} />
    </section>
    ${form.outcome && html`<${OfOutcome} at=${at} form=${form} ground=${ground} known=${known} />`}`;
}

function Supersedes({ at, latest, template }) {
  const { value, onChange } = at("/supersedes");
  return html`<${Check} checked=${value === latest.id} onChange=${(checked) => onChange(checked ? latest.id : null)} hint=${t("work.supersedes.hint")}
    label=${t("work.supersedes", { outcome: label("outcome", latest.outcome), gate: gateName(template, latest.gate), on: day(latest.decided_on), number: latest.case_number })} />`;
}

function Outcomes({ at, outcomes, gate }) {
  const { value, onChange, error } = at("/outcome");
  return html`<fieldset class=${error ? "field field-wrong" : "field"} data-pointer="/outcome">
    <legend>${t("work.outcome.legend", { gate })}</legend>
    ${error && html`<p class="error">${error}</p>`}
    <div class="work-outcomes">${outcomes.map((code) => html`<label key=${code} class=${`work-outcome work-outcome-${code}`}>
      <input type="radio" name="outcome" value=${code} checked=${value === code} onChange=${() => onChange(code)} />
      <span><strong>${label("outcome", code)}</strong><span class="work-outcome-hint">${label("work.outcome_hint", code)}</span></span></label>`)}</div>
  </fieldset>`;
}

/** Where nothing can outweigh the weak steps: the outcomes that remain. */
function Impossible({ at, outcomes }) {
  const { onChange } = at("/outcome");
  return html`<div class="work-note" role="status"><p>${t("work.cannot_pass")}</p>
    <p class="row">${outcomes.filter((code) => ["hold", "rework", "stop"].includes(code)).map((code) => html`<button key=${code} type="button" class="button"
      onClick=${() => onChange(code)}>${t("work.choose_outcome", { outcome: label("outcome", code) })}</button>`)}</p></div>`;
}

function Minutes({ at, form, bodies }) {
  const options = bodies.map((body) => ({ value: body.code, label: body.name }));
  return html`<div class="work-pair">
      ${placed(at, "/decided_by", Select, { required: true, options, empty: t("work.choose") })}
      ${placed(at, "/decided_on", TextField, { required: true, type: "date", max: today() })}
      ${placed(at, "/case_number", TextField, { required: true, hint: t("work.case_number.hint") })}
      ${placed(at, "/minutes_paragraph", TextField, { hint: t("work.minutes_paragraph.hint") })}
    </div>
    ${placed(at, "/reason", TextArea, { required: true, rows: 5, hint: form.outcome ? label("work.reason_hint", form.outcome) : t("work.reason.hint") })}
    <${Delegation} at=${at} form=${form} />`;
}

function Delegation({ at, form }) {
  const { value, onChange } = at("/delegated");
  return html`<${Check} label=${t("work.delegated")} checked=${value} onChange=${onChange} hint=${t("work.delegated.hint")} />
    ${form.delegated && html`<div class="work-pair" data-pointer="/delegation">
      ${placed(at, "/delegation/point", TextField, { required: true, hint: t("work.delegation.point.hint") })}
      ${placed(at, "/delegation/official", TextField, { required: true })}
      ${placed(at, "/delegation/reported_on", TextField, { type: "date", max: today(), hint: t("work.delegation.reported.hint") })}
    </div>`}`;
}

function OfOutcome({ at, form, ground, known }) {
  const Kind = { pass: OnARound, amend: OnARound, hold: Hold, rework: Rework, stop: Stop, skip: Skip }[form.outcome];
  return html`<section class="card work-step" aria-labelledby="work-outcome-fields">
    <h2 id="work-outcome-fields">${t("work.outcome_details")}</h2>
    <${Kind} at=${at} form=${form} ground=${ground} known=${known} />
  </section>`;
}

function OnARound({ at, form, ground }) {
  const impossible = cannotPass(form.outcome, ground.steps, ground.atLastGate);
  const weak = impossible ? [] : toOutweigh(form.outcome, ground.steps, ground.atLastGate);
  return html`
    ${form.outcome === "pass" && ground.atLastGate && placed(at, "/benefit_result", Radios, { options: choices("benefit_result", RESULTS), hint: t("work.benefit_result.hint") })}
    ${weak.map((name) => html`<${Outweighing} key=${name} at=${at} weak=${name} steps=${ground.steps} />`)}
    ${placed(at, "/released_amount", TextField, { inputmode: "decimal", hint: t("work.released.hint") })}
    <${Rows} at=${at} pointer="/conditions" title=${t("work.conditions")} hint=${t("work.conditions.hint")} add=${t("work.conditions.add")}
      one=${(n) => t("work.conditions.row", { n })} make=${() => ({ text: "", owner: "", due_on: "" })}>
      ${(_, row) => html`<div class="work-wide">${placed(at, `${row}/text`, TextArea, { required: true, rows: 2 })}</div>
        ${placed(at, `${row}/owner`, TextField, { required: true })}${placed(at, `${row}/due_on`, TextField, { type: "date" })}`}
    </${Rows}>`;
}

/** Which strong steps make up for a weak one; only positive ones can (G6). */
function Outweighing({ at, weak, steps }) {
  const pointer = `/outweighings/${weak}`;
  const { value, onChange, error } = at(`${pointer}/strong`);
  const chosen = value ?? [];
  const toggle = (name) => onChange(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  const reason = at(`${pointer}/reason`);
  return html`<div class="work-outweighing" data-pointer=${pointer}>
    <h3>${t("work.outweigh", { step: label("step", weak) })} <${Verdict} verdict=${steps[weak].verdict} /></h3>
    <p class="work-quote" dir="auto">${steps[weak].reasoning}</p>
    <fieldset class=${error ? "field field-wrong" : "field"} data-pointer=${`${pointer}/strong`}>
      <legend>${t("work.outweigh.strong", { step: label("step", weak) })}</legend>
      <p class="hint">${t("work.outweigh.hint")}</p>
      <div class="radios">${STEPS.filter((name) => name !== weak).map((name) => html`<label key=${name} class="radio">
        <input type="checkbox" checked=${chosen.includes(name) && steps[name].verdict === "positive"} disabled=${steps[name].verdict !== "positive"} onChange=${() => toggle(name)} />
        <span>${label("step", name)}${steps[name].verdict === "positive" ? "" : ` (${label("verdict", steps[name].verdict).toLowerCase()})`}</span></label>`)}</div>
      ${error && html`<p class="error">${error}</p>`}
    </fieldset>
    <${Place} pointer=${`${pointer}/reason`}><${TextArea} ...${reason} required label=${t("work.outweigh.why")} rows=${3} /></${Place}>
  </div>`;
}

function Hold({ at, form }) {
  return html`${placed(at, "/hold_category", Radios, { options: choices("hold_category", HOLDS), hint: t("work.hold_category.hint") })}
    ${placed(at, "/review_on", TextField, { type: "date", required: true, min: form.decided_on || undefined, hint: t("work.review_on.hint") })}`;
}

function gateChoices(known, wanted) {
  return known.template.gates.filter(wanted).map((gate) => ({ value: gate.code, label: gateName(known.template, gate.code) }));
}

function Rework({ at, ground, known }) {
  return placed(at, "/return_to", Select, { required: true, empty: t("work.choose"), hint: t("work.return_to.hint"), options: gateChoices(known, (gate) => gate.position < ground.position) });
}

function Stop({ at }) {
  return placed(at, "/lesson", TextArea, { rows: 4, hint: t("work.lesson.hint") });
}

function Skip({ at, ground, known }) {
  return html`${placed(at, "/to_gate", Select, { required: true, empty: t("work.choose"), hint: t("work.to_gate.hint"), options: gateChoices(known, (gate) => gate.position > ground.position) })}
    <${DecidedLines} at=${at} departments=${known.departments} />`;
}
