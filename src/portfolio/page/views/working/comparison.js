/* Mine beside the server's newer version: nobody's words are written over unseen. */

import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { day } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { readAmount, writtenAmount } from "./amounts.js";
import { DropText } from "./asking.js";
import { Failure } from "./forms.js";
import { differences, merged } from "./merging.js";
import { fieldName } from "./pointers.js";
import { asSent, toSteps } from "./steps.js";

export function Comparison({ draft, server, saving, takeTheirs }) {
  const place = useRef(null);
  const mine = toSteps(draft.value.form);
  const theirs = asSent(server.value.steps);
  const found = differences(asSent(draft.value.base), mine, theirs);
  const [chosen, setChosen] = useState({});
  const side = (one) => chosen[one.pointer] ?? one.suggested;
  const open = found.filter((one) => !side(one)).length;
  useEffect(() => { place.current?.focus(); }, []);
  const all = (which) => setChosen(Object.fromEntries(found.map((one) => [one.pointer, which])));
  function save() {
    const choices = Object.fromEntries(found.map((one) => [one.pointer, side(one)]));
    saving.saveSteps(merged(mine, theirs, choices), { round: server.value.round, etag: server.etag });
  }
  return html`<section class="work-compare" aria-labelledby="work-compare">
    <h2 id="work-compare" tabindex="-1" ref=${place}>${t("work.compare")}</h2>
    ${saving.overtaken?.action === "hand_in" && html`<p role="alert"><strong>${t("work.compare.not_handed_in")}</strong></p>`}
    <p>${t("work.compare.lead", { n: found.length })}</p>
    <p class="row"><button type="button" class="button" onClick=${() => all("mine")}>${t("work.compare.all_mine")}</button>
      <button type="button" class="button" onClick=${() => all("theirs")}>${t("work.compare.all_theirs")}</button></p>
    <${Failure} failure=${saving.failure} again=${saving.again} />
    ${found.map((one) => html`<${Difference} key=${one.pointer} one=${one} side=${side(one)} choose=${(which) => setChosen((now) => ({ ...now, [one.pointer]: which }))} />`)}
    <div class="card work-bar">
      <p class="work-saved" role="status">${saving.busy ? t("work.saving") : open ? t("work.compare.open", { n: open }) : t("work.compare.ready")}</p>
      <div class="work-ways">
        <button type="button" class="button primary" disabled=${open > 0} aria-disabled=${saving.busy ? "true" : undefined} onClick=${save}>${t("work.compare.save")}</button>
        <${DropText} text=${t("work.compare.drop_mine")} act=${takeTheirs} />
      </div>
    </div>
  </section>`;
}

function Difference({ one, side, choose }) {
  const name = one.pointer;
  return html`<fieldset class="card work-difference">
    <legend>${fieldName(`/steps${one.pointer}`)}</legend>
    <p class="hint">${one.suggested === "mine" ? t("work.compare.only_mine") : one.suggested === "theirs" ? t("work.compare.only_theirs") : t("work.compare.both")}</p>
    <div class="work-sides">
      <${Side} name=${name} title=${t("work.compare.mine")} value=${one.mine} pointer=${one.pointer} picked=${side === "mine"} pick=${() => choose("mine")} />
      <${Side} name=${name} title=${t("work.compare.theirs")} value=${one.theirs} pointer=${one.pointer} picked=${side === "theirs"} pick=${() => choose("theirs")} />
    </div>
  </fieldset>`;
}

function Side({ name, title, value, pointer, picked, pick }) {
  return html`<label class=${picked ? "work-side work-picked" : "work-side"}>
    <span class="radio"><input type="radio" name=${name} checked=${picked} onChange=${pick} /> <span>${title}</span></span>
    <span class="work-version" dir="auto">${shown(pointer, value)}</span>
  </label>`;
}

// To the last öre; what is no amount as it is written.
const exactly = (amount) => (readAmount(amount) === null ? amount : `${writtenAmount(amount)}\u00a0kr`);

/** A value as it is read, not as it is stored. */
export function shown(pointer, value) {
  const field = pointer.split("/").at(-1);
  if (value === null || value === undefined || value === "" || value.length === 0) return t("work.compare.empty");
  if (Array.isArray(value)) return html`<ul>${value.map((one, i) => html`<li key=${i} dir="auto">${row(one)}</li>`)}</ul>`;
  if (field === "verdict" || pointer.includes("/perspectives/")) return label("verdict", value);
  if (field === "confidence") return label("confidence", value);
  if (field === "next_gate_on") return day(value);
  if (field === "requested_amount") return exactly(value);
  return String(value);
}

/** The same as text alone. */
export function plainText(pointer, value) {
  return Array.isArray(value) && value.length ? value.map((one) => `– ${row(one)}`).join("\n") : shown(pointer, value);
}

function row(one) {
  if (typeof one === "string") return one;
  const said = [one.name ?? one.code, one.beneficiaries, label("perspective", one.perspective), label("commitment", one.commitment),
    one.sign !== undefined && label("work.sign", one.sign), one.amount && exactly(one.amount)];
  return said.filter(Boolean).join(", ");
}
