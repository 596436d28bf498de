/* For each code that vanishes though something points at it: who takes over. */

import { html } from "../../kit/dom.js";
import { getAll, path } from "../../kit/api.js";
import { percent } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { label, t } from "../../kit/texts.js";
import { Radios, TextField } from "../../parts/fields.js";
import { faultOf, proposalFor } from "./answers.js";

export function Successors({ found, features, answers, change }) {
  const { orphans } = found.impact;
  const after = useCodesAfter(found, features);
  if (!orphans.length) return html`<p>${t("imports.no_orphans")}</p>`;
  const known = after && new Set(after.map((one) => one.code));
  return html`<p>${t("imports.orphans.lead")}</p>
    <datalist id="imports-codes">${(after ?? []).map((one) => html`<option key=${one.code} value=${one.code}>${one.name}</option>`)}</datalist>
    ${orphans.map((orphan) => html`<${Orphan} key=${orphan.code} found=${found} orphan=${orphan} known=${known} answer=${answers[orphan.code] ?? { take: "own", heirs: [] }}
      set=${(next) => change((now) => ({ ...now, [orphan.code]: next }))} />`)}`;
}

/** The areas that there will be, which may take over; null until they are known. */
function useCodesAfter(found, features) {
  const load = useLoad(`areas ${found.scheme}`, (options) => getAll(path`/v1/area-schemes/${found.scheme}/areas`, options));
  if (!load.value) return null;
  const changed = features.map((one) => one.properties);
  const gone = new Set(changed.filter((one) => one.change === "removed").map((one) => one.code));
  return [...changed.filter((one) => one.change === "added"), ...load.value.filter((one) => !gone.has(one.code))];
}

function Orphan({ found, orphan, known, answer, set }) {
  const proposed = proposalFor(found, orphan.code);
  const title = `${orphan.code} ${orphan.name}`;
  const users = [...orphan.programs, ...orphan.investments].join(", ");
  const options = proposed && [
    { value: "lineage", label: t("imports.take_lineage", { what: described(proposed) }) },
    { value: "own", label: t("imports.take_own") },
  ];
  return html`<div class="card imports-orphan">
    <h3 dir="auto">${title}</h3>
    <p class="soft" dir="auto">${t("imports.used_by", { users })}</p>
    ${proposed && html`<${Radios} label=${t("imports.takes_over", { code: orphan.code })} value=${answer.take} options=${options} onChange=${(take) => set({ ...answer, take })} />`}
    ${answer.take === "own" && html`<${Heirs} code=${orphan.code} known=${known} answer=${answer} set=${set} />`}
  </div>`;
}

function described(trace) {
  const heirs = trace.successors.map((heir) => `${heir.code} ${percent(heir.share, 2)}`).join(", ");
  return `${label("imports.trace", trace.kind)}: ${heirs}`;
}

function Heirs({ code, known, answer, set }) {
  const fault = faultOf(answer, known);
  const change = (i, name) => (value) => set({ ...answer, heirs: answer.heirs.map((heir, j) => (i === j ? { ...heir, [name]: value } : heir)) });
  const add = () => set({ ...answer, heirs: [...answer.heirs, { code: "", percent: "" }] });
  const drop = (i) => set({ ...answer, heirs: answer.heirs.filter((_, j) => j !== i) });
  return html`${answer.heirs.map((heir, i) => html`<div key=${i} class="imports-heir">
      <${TextField} label=${t("imports.heir.code", { n: i + 1, code })} required list="imports-codes" value=${heir.code} onChange=${change(i, "code")} />
      <${TextField} label=${t("imports.heir.percent", { n: i + 1, code })} required inputmode="decimal" value=${heir.percent} onChange=${change(i, "percent")} />
      ${answer.heirs.length > 1 && html`<button type="button" class="button quiet" onClick=${() => drop(i)}>${t("imports.heir.drop", { n: i + 1, code })}</button>`}
    </div>`)}
    <p role="status">${fault ? label("imports.fault", fault) : ""}</p>
    <p><button type="button" class="button" onClick=${add}>${t("imports.heir.add", { code })}</button></p>`;
}
