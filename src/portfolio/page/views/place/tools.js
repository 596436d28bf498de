/* What is chosen above the map: the scheme, the measure, and which signs are seen. */

import { html, useId } from "../../kit/dom.js";
import { go, route } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { MEASURES } from "./measures.js";

const KINDS = ["", "physical", "social", "none"];

export function Tools({ schemes, scheme, measure, shown, change }) {
  return html`<div class="place-tools">
    <${SchemeChoice} schemes=${schemes} scheme=${scheme} />
    <${MeasureChoice} measure=${measure} choose=${(code) => change({ measure: code })} />
    <div class="place-signs">
      <${Choice} title=${t("place.signs")} value=${shown.kind} options=${KINDS.map((code) => [code, label("place.signs", code || "all")])} choose=${(kind) => change({ kind })} />
      <label class="place-check"><input type="checkbox" checked=${shown.stopped} disabled=${shown.kind === "none"}
        onChange=${(event) => change({ stopped: event.currentTarget.checked ? "1" : "" })} /><span>${t("place.signs.stopped")}</span></label>
    </div>
  </div>`;
}

/** Nothing to choose when there is but one. */
export function SchemeChoice({ schemes, scheme }) {
  if (schemes.length < 2) return null;
  return html`<${Choice} title=${t("place.scheme")} value=${scheme.code} options=${schemes.map((one) => [one.code, one.name])} choose=${(code) => go(["place", code], route.get().query)} />`;
}

function Choice({ title, value, options, choose }) {
  const id = useId();
  return html`<div class="place-choice"><label for=${id}>${title}</label>
    <select id=${id} value=${value} onChange=${(event) => choose(event.currentTarget.value)}>
      ${options.map(([code, text]) => html`<option key=${code} value=${code}>${text}</option>`)}
    </select></div>`;
}

/** All in sight: in a meeting one goes from the one to the other. */
function MeasureChoice({ measure, choose }) {
  const name = useId();
  return html`<fieldset class="place-measures"><legend>${t("place.colour_by")}</legend>
    <div class="place-measure-row">${MEASURES.map((code) => html`<label key=${code} class="place-measure">
      <input type="radio" name=${name} value=${code} checked=${code === measure} onChange=${() => choose(code)} />
      <span>${label("place.measure", code)}</span></label>`)}</div>
  </fieldset>`;
}
