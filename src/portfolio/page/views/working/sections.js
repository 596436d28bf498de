/* The five steps as sections of one form, and the overview of which are complete. */

import { html } from "../../kit/dom.js";
import { label, t } from "../../kit/texts.js";
import { Verdict } from "../../parts/badges.js";
import { Radios, Select, TextArea, TextField } from "../../parts/fields.js";
import { Place, Rows, choices } from "./forms.js";
import { goTo } from "./pointers.js";
import { COMMITMENTS, CONFIDENCES, PERSPECTIVES, STEPS, VERDICTS, newRow } from "./steps.js";

export function Overview({ form, missing }) {
  return html`<nav class="work-overview" aria-label=${t("work.overview")}><ol>
    ${STEPS.map((name) => {
      const left = missing.filter((pointer) => pointer.startsWith(`/steps/${name}/`)).length;
      return html`<li key=${name} class=${left ? undefined : "work-complete"}><button type="button" onClick=${() => goTo(`/steps/${name}`)}>
        <span class="work-step-name">${label("step", name)}</span>
        <span class="work-step-state">${left ? t("work.left", { n: left }) : html`<span aria-hidden="true">✓ </span>${t("work.step_complete")}`}</span>
        ${form[name].verdict && html`<${Verdict} verdict=${form[name].verdict} />`}
      </button></li>`;
    })}
  </ol></nav>`;
}

const OWN = { strategy: Strategy, benefits: Benefits, market: Market, governance: Governance };

export function Sections({ at, form, atLastGate }) {
  return STEPS.map((name, i) => html`<section key=${name} class="card work-step" data-pointer=${`/steps/${name}`} tabindex="-1" aria-labelledby=${`work-step-${name}`}>
    <h2 id=${`work-step-${name}`}><span class="work-number" aria-hidden="true">${i + 1}</span>${label("step", name)}</h2>
    <p class="work-asks">${label("work.asks", name)}</p>
    <${Step} at=${at} name=${name} />
    ${OWN[name] && html`<${OWN[name]} at=${at} form=${form[name]} atLastGate=${atLastGate} />`}
    <${Evidence} at=${at} name=${name} />
  </section>`);
}

/** What every step has: verdict, reasoning, confidence. */
function Step({ at, name }) {
  const pointer = `/steps/${name}`;
  return html`<${Place} pointer=${`${pointer}/verdict`}><${Radios} ...${at(`${pointer}/verdict`)} options=${choices("verdict", VERDICTS)} /></${Place}>
    <${Place} pointer=${`${pointer}/reasoning`}><${TextArea} ...${at(`${pointer}/reasoning`)} required hint=${label("work.reasoning_hint", name)} rows=${5} /></${Place}>
    <${Place} pointer=${`${pointer}/confidence`}><${Radios} ...${at(`${pointer}/confidence`)} hint=${t("work.confidence.hint")} options=${choices("confidence", CONFIDENCES)} /></${Place}>`;
}

function Evidence({ at, name }) {
  return html`<${Rows} at=${at} pointer=${`/steps/${name}/evidence`} title=${t("work.evidence")} hint=${t("work.evidence.hint")} add=${t("work.evidence.add")}
    one=${(n) => t("work.evidence.row", { n })} make=${() => ""}>
    ${(_, row) => html`<${Place} pointer=${row} className="work-wide"><${TextField} ...${at(row)} required label=${t("work.evidence.line")} /></${Place}>`}
  </${Rows}>`;
}

function Strategy({ at }) {
  return html`<${Rows} at=${at} pointer="/steps/strategy/goals" title=${t("work.goals")} hint=${t("work.goals.hint")} add=${t("work.goals.add")}
    one=${(n) => t("work.goals.row", { n })} make=${() => newRow("strategy")}>
    ${(_, row) => html`<${Place} pointer=${`${row}/code`}><${TextField} ...${at(`${row}/code`)} required label=${t("work.goals.code")} /></${Place}>
      <${Place} pointer=${`${row}/sign`}><${Select} ...${at(`${row}/sign`)} required options=${choices("work.sign", ["1", "0", "-1"])} /></${Place}>`}
  </${Rows}>`;
}

function Benefits({ at }) {
  return html`<div class="work-perspectives">
      <h3>${t("work.perspectives")}</h3><p class="hint">${t("work.perspectives.hint")}</p>
      ${PERSPECTIVES.map((one) => {
        const pointer = `/steps/benefits/perspectives/${one}`;
        const said = { label: label("perspective", one), hint: label("work.perspective_hint", one) };
        return html`<${Place} key=${one} pointer=${pointer}><${Radios} ...${at(pointer)} ...${said} options=${choices("verdict", VERDICTS)} /></${Place}>`;
      })}</div>
    <${Rows} at=${at} pointer="/steps/benefits/benefits" title=${t("work.benefits")} hint=${t("work.benefits.hint")} add=${t("work.benefits.add")}
      one=${(n) => t("work.benefits.row", { n })} make=${() => newRow("benefits")}>
      ${(_, row) => html`<${Place} pointer=${`${row}/name`}><${TextField} ...${at(`${row}/name`)} required label=${t("work.benefits.name")} /></${Place}>
        <${Place} pointer=${`${row}/beneficiaries`}><${TextField} ...${at(`${row}/beneficiaries`)} required label=${t("work.benefits.beneficiaries")} /></${Place}>
        <${Place} pointer=${`${row}/perspective`}><${Select} ...${at(`${row}/perspective`)} empty=${t("work.choose")} options=${choices("perspective", PERSPECTIVES)} /></${Place}>`}
    </${Rows}>`;
}

function Market({ at }) {
  return html`<${Rows} at=${at} pointer="/steps/market/partners" title=${t("work.partners")} hint=${t("work.partners.hint")} add=${t("work.partners.add")}
    one=${(n) => t("work.partners.row", { n })} make=${() => newRow("market")}>
    ${(_, row) => html`<${Place} pointer=${`${row}/name`}><${TextField} ...${at(`${row}/name`)} required label=${t("work.partners.name")} /></${Place}>
      <${Place} pointer=${`${row}/commitment`}><${Select} ...${at(`${row}/commitment`)} required options=${choices("commitment", COMMITMENTS)} /></${Place}>
      <${Place} pointer=${`${row}/amount`}><${TextField} ...${at(`${row}/amount`)} inputmode="decimal" /></${Place}>`}
  </${Rows}>`;
}

/** How it is steered until the next gate; at the last there is no next. */
function Governance({ at, atLastGate }) {
  const plan = (name) => ({ ...at(`/steps/governance/plan/${name}`), required: !atLastGate && name !== "requested_amount", hint: label("work.plan_hint", name) });
  const placed = (name, Kind, more = {}) => html`<${Place} pointer=${`/steps/governance/plan/${name}`}><${Kind} ...${plan(name)} ...${more} /></${Place}>`;
  return html`<div class="work-plan" data-pointer="/steps/governance/plan">
    <h3>${atLastGate ? t("work.plan.last") : t("work.plan")}</h3>
    ${atLastGate && html`<p class="hint">${t("work.plan.last.hint")}</p>`}
    ${placed("accountable", TextField)}
    <div class="work-pair">${placed("next_gate_on", TextField, { type: "date" })}${placed("tolerance_percent", TextField, { inputmode: "decimal" })}</div>
    ${placed("follow_up", TextArea, { rows: 3 })}
    ${placed("requested_amount", TextField, { inputmode: "decimal" })}
  </div>`;
}
