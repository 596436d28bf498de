/* The plan lines of a decision that was made before the tool came. */

import { html } from "../../kit/dom.js";
import { label, t } from "../../kit/texts.js";
import { Select, TextField } from "../../parts/fields.js";
import { NEW_LINE } from "./decision_values.js";
import { Place, Rows, choices } from "./forms.js";

export function DecidedLines({ at, departments }) {
  const all = departments.map((one) => ({ value: one.code, label: one.name }));
  const placed = (pointer, Kind, more) => html`<${Place} pointer=${pointer}><${Kind} ...${at(pointer)} ...${more} /></${Place}>`;
  return html`<${Rows} at=${at} pointer="/decided_lines" title=${t("work.decided_lines")} hint=${t("work.decided_lines.hint")} add=${t("work.decided_lines.add")}
    one=${(n) => t("work.decided_lines.row", { n })} make=${() => NEW_LINE}>
    ${(_, row) => html`
      ${placed(`${row}/year`, TextField, { required: true, inputmode: "numeric" })}
      ${placed(`${row}/type`, Select, { required: true, options: choices("type", ["capital", "operating"]) })}
      ${placed(`${row}/direction`, Select, { required: true, options: ["expense", "income"].map((code) => ({ value: code, label: label("work.direction", code) })) })}
      ${placed(`${row}/department`, Select, { required: true, empty: t("work.choose"), options: all })}
      ${placed(`${row}/account`, TextField, { inputmode: "numeric" })}
      ${placed(`${row}/amount`, TextField, { required: true, inputmode: "decimal" })}
      ${placed(`${row}/price_level`, TextField, { inputmode: "numeric", hint: t("work.price_level.hint") })}`}
  </${Rows}>`;
}
