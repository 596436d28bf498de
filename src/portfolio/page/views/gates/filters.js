/* Which investments are shown: by department, kind and area. */

import { html } from "../../kit/dom.js";
import { compare } from "../../kit/format.js";
import { setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Select } from "../../parts/fields.js";
import { NO_AREA } from "./figures.js";

export const NONE_CHOSEN = { department: "", kind: "", area: "" };

/** What is chosen, as a text; "" when all are shown. */
export function chosenNames({ department, kind, area }, names) {
  const chosen = [department && names.department(department), kind && label("kind", kind), area && names.area(area)];
  return chosen.filter(Boolean).join(", ");
}

/** With how many there are of each; a choice from the address that has none now is kept in sight. */
function optionsOf(found, chosen, name) {
  const counted = found.map(({ value, count }) => ({ value, label: t("gates.filter.option", { name: name(value), count }) }));
  const known = !chosen || found.some((one) => one.value === chosen);
  return known ? counted : [...counted, { value: chosen, label: t("gates.filter.option", { name: name(chosen), count: 0 }) }];
}

export function Filters({ offered, query, names }) {
  const choose = (field) => (value) => setQuery({ [field]: value });
  const department = (code) => (names.department(code) === code ? code : `${names.department(code)} (${code})`);
  const areas = optionsOf(offered.areas, query.area, names.area)
    .sort((a, b) => (a.value === NO_AREA) - (b.value === NO_AREA) || compare(a.label, b.label));
  return html`<div class="gates-filters" role="group" aria-label=${t("gates.filter")}>
    <${Select} label=${t("gates.department")} plain empty=${t("gates.filter.departments")} value=${query.department}
      options=${optionsOf(offered.departments, query.department, department)} onChange=${choose("department")} />
    <${Select} label=${t("gates.kind")} plain empty=${t("gates.filter.kinds")} value=${query.kind}
      options=${optionsOf(offered.kinds, query.kind, (kind) => label("kind", kind))} onChange=${choose("kind")} />
    <${Select} label=${t("gates.area")} plain empty=${t("gates.filter.areas")} value=${query.area}
      options=${areas} onChange=${choose("area")} />
  </div>`;
}
