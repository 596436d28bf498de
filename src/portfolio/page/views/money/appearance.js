/* How the table is shown: which amounts, which columns, in which unit. */

import { html } from "../../kit/dom.js";
import { setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Check, Radios } from "../../parts/fields.js";
import { UNITS } from "./amounts.js";
import { CHOOSABLE, chosenColumns, columnsInQuery, TYPES, typeOf } from "./columns.js";

export function UnitSwitch({ unit, usual = "tkr" }) {
  return html`<${Switch} name="unit" value=${unit} codes=${UNITS} named=${(code) => label("money.unit", code)} standard=${usual} />`;
}

/** One of a few, in the address under `name`; the `standard` one leaves the address short. */
export function Switch({ name, value, codes, named, standard }) {
  const options = codes.map((code) => ({ value: code, label: named(code) }));
  return html`<div class="money-switch"><${Radios} label=${label("money.switch", name)} value=${value} options=${options}
    onChange=${(code) => setQuery({ [name]: code === standard ? undefined : code })} /></div>`;
}

export function Appearance({ query }) {
  const chosen = chosenColumns(query);
  const toggle = (key) => setQuery({
    columns: columnsInQuery(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]),
  });
  return html`<details class="money-appearance"><summary>${t("money.columns")}</summary>
    <${Switch} name="type" value=${typeOf(query)} codes=${TYPES} named=${(code) => label("money.type", code)} standard="total" />
    <fieldset class="field"><legend>${t("money.columns.which")}</legend>
      <div class="money-checks">${CHOOSABLE.map((key) => html`<${Check} key=${key} label=${label("money.column", key)}
        checked=${chosen.includes(key)} onChange=${() => toggle(key)} />`)}</div>
    </fieldset>
    <p><button type="button" class="button" onClick=${() => setQuery({ columns: undefined, type: undefined })}>${t("money.columns.usual")}</button></p>
  </details>`;
}
