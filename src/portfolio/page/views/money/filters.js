/* What the gate status is narrowed to. Each choice stands in the address at once. */

import { html, useState } from "../../kit/dom.js";
import { today } from "../../kit/format.js";
import { setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { STATUSES } from "../../parts/badges.js";
import { Select, TextField } from "../../parts/fields.js";
import { useAreas } from "../../parts/names.js";
import { Trouble } from "../../parts/trouble.js";
import { fromField, isMeant, toField } from "./moments.js";
import { choices } from "./names.js";

const ALL = ["program", "department", "kind", "gate", "status", "year", "scheme", "area", "as_of", "known_at"];
const WIDE = "(min-width: 48rem)";

export function chosenFilters(query) {
  return ALL.filter((key) => query[key] && (key !== "scheme" || query.area) && (key !== "area" || query.scheme));
}

export function clearFilters() {
  setQuery(Object.fromEntries(ALL.map((key) => [key, undefined])));
}

export function Filters({ query, names }) {
  const chosen = chosenFilters(query).length;
  // On a phone they would stand between the reader and the figures.
  const [open] = useState(() => matchMedia(WIDE).matches);
  return html`<details class="money-filters" open=${open}>
    <summary>${chosen ? t("money.filters.chosen", { n: chosen }) : t("money.filters")}</summary>
    <div class="money-fields">
      <${Choice} query=${query} name="program" options=${choices(names.programs)} />
      <${Choice} query=${query} name="department" options=${choices(names.departments)} />
      <${Choice} query=${query} name="gate" options=${names.gates.map((gate) => ({ value: gate.code, label: names.gateName(gate.code) }))} />
      <${Choice} query=${query} name="status" options=${STATUSES.map((code) => ({ value: code, label: label("status", code) }))} />
      <${Choice} query=${query} name="kind" options=${["physical", "social"].map((code) => ({ value: code, label: label("kind", code) }))} />
      <${Choice} query=${query} name="year" options=${yearChoices(names.programs, query.year)} />
      <${Moment} query=${query} name="as_of" type="date" />
    </div>
    <${Further} query=${query} names=${names} />
    ${chosen > 0 && html`<p><button type="button" class="button" onClick=${clearFilters}>${t("money.filters.clear")}</button></p>`}
  </details>`;
}

function Choice({ query, name, options }) {
  return html`<${Select} label=${label("money.filter", name)} plain value=${query[name] ?? ""} empty=${t("money.any")} options=${options}
    onChange=${(value) => setQuery({ [name]: value })} />`;
}

/** Years somebody may have planned for: of the programs, and some on either side. */
export function yearChoices(programs, chosen) {
  const now = Number(today().slice(0, 4));
  const given = programs.flatMap((one) => [one.starts_on, one.ends_on]).filter(Boolean).map((text) => Number(text.slice(0, 4)));
  const wanted = Number(chosen) || now;
  const first = Math.min(now - 3, wanted, ...given);
  const last = Math.max(now + 10, wanted, ...given);
  return Array.from({ length: Math.min(last - first + 1, 200) }, (_, i) => ({ value: String(first + i), label: String(first + i) }));
}

function Further({ query, names }) {
  const [open] = useState(() => Boolean(query.scheme || query.known_at));
  return html`<details class="money-further" open=${open}><summary>${t("money.filters.more")}</summary>
    <div class="money-fields">
      <${Select} label=${label("money.filter", "scheme")} plain value=${query.scheme ?? ""} empty=${t("money.any.scheme")} options=${choices(names.schemes)}
        onChange=${(scheme) => setQuery({ scheme, area: undefined })} />
      <${AreaChoice} query=${query} />
      <${Moment} query=${query} name="known_at" type="datetime-local" hint=${t("money.known_at.hint")} read=${toField} write=${fromField} />
    </div></details>`;
}

function AreaChoice({ query }) {
  const areas = useAreas(query.scheme);
  if (areas.error) return html`<${Trouble} error=${areas.error} again=${areas.again} compact />`;
  return html`<${Select} label=${label("money.filter", "area")} plain value=${query.area ?? ""} options=${areaChoices(areas.value)}
    empty=${query.scheme ? t("money.any.area") : t("money.area.scheme_first")} onChange=${(area) => setQuery({ area })} />`;
}

export function areaChoices(areas) {
  return [...(areas ?? new Map()).values()].map((area) => ({ value: area.code, label: area.name === area.code ? area.code : `${area.name} (${area.code})` }));
}

const same = (text) => text;

/** A day or a time, which is asked for when it is whole: not for each figure that is typed. */
export function Moment({ query, name, type, hint, read = same, write = same }) {
  const kept = query[name] ? read(query[name]) : "";
  const [state, setState] = useState({ kept, typed: kept });
  const typed = state.kept === kept ? state.typed : kept;
  function change(text) {
    const isWhole = isMeant(text);
    setState({ kept: isWhole ? text : kept, typed: text });
    if (isWhole) setQuery({ [name]: text && write(text) });
  }
  return html`<${TextField} label=${label("money.filter", name)} plain type=${type} hint=${hint} value=${typed} onChange=${change} />`;
}
