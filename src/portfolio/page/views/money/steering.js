/* What full steering would be worth: slack that stays with its department, or stretches over to where money is short. */

import { get, path, query as search } from "../../kit/api.js";
import { html } from "../../kit/dom.js";
import { today } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Select } from "../../parts/fields.js";
import { Loaded, Nothing } from "../../parts/trouble.js";
import { unitOf } from "./amounts.js";
import { UnitSwitch } from "./appearance.js";
import { Band } from "./band.js";
import { yearChoices } from "./filters.js";
import { choices } from "./names.js";

// Read aloud in a meeting: millions.
const USUAL_UNIT = "mkr";

export function Steering({ query, names }) {
  return html`<h2>${t("money.steering.title")}</h2><p class="lead">${t("money.steering.lead")}</p>
    <${Loaded} load=${names}>${(known) => (known.programs.length
      ? html`<${Compared} query=${query} names=${known} />`
      : html`<${Nothing} title=${t("money.steering.no_program")}><p>${t("money.steering.no_program.do")}</p></${Nothing}>`)}</${Loaded}>`;
}

function Compared({ query, names }) {
  const program = query.program || names.programs[0].code;
  const year = query.year || today().slice(0, 4);
  const address = path`/v1/programs/${program}/steering-comparison` + search({ year });
  const load = useLoad(address, (options) => get(address, options), { keep: true });
  return html`<${Choices} program=${program} year=${year} query=${query} names=${names} />
    <${Loaded} load=${load}>${(found) => html`<${Pictures} found=${found} unit=${unitOf(query, USUAL_UNIT)} names=${names} />`}</${Loaded}>`;
}

function Choices({ program, year, query, names }) {
  return html`<div class="money-tools money-steering-choices">
    <${Select} label=${label("money.of", "program")} plain value=${program} options=${choices(names.programs)} onChange=${(code) => setQuery({ program: code })} />
    <${YearStep} year=${year} names=${names} />
    <${UnitSwitch} unit=${unitOf(query, USUAL_UNIT)} usual=${USUAL_UNIT} />
  </div>`;
}

function YearStep({ year, names }) {
  const options = yearChoices(names.programs, year);
  const step = (by) => setQuery({ year: String(Number(year) + by) });
  return html`<div class="money-step">
    <button type="button" class="button" aria-label=${t("money.year.before")} disabled=${year <= options[0].value} onClick=${() => step(-1)}>←</button>
    <${Select} label=${label("money.filter", "year")} plain value=${year} options=${options} onChange=${(chosen) => setQuery({ year: chosen })} />
    <button type="button" class="button" aria-label=${t("money.year.after")} disabled=${year >= options.at(-1).value} onClick=${() => step(1)}>→</button>
  </div>`;
}

function Pictures({ found, unit, names }) {
  if (!found.capital.investments.length) {
    return html`<${Nothing} title=${t("money.steering.nothing")}><p>${t("money.steering.nothing.do", { name: names.programName(found.program) })}</p></${Nothing}>`;
  }
  return html`<p class="money-mode"><strong dir="auto">${names.programName(found.program)}</strong> <span class="badge">${label("steering", found.mode)}</span> ${label("money.mode", found.mode)}</p>
    <div class="money-bands">${["capital", "operating"].map((type) => html`<${Band} key=${type} type=${type} part=${found[type]} mode=${found.mode} year=${found.year} unit=${unit} names=${names} />`)}</div>
    <${HowToRead} />`;
}

function HowToRead() {
  return html`<details class="money-how"><summary>${t("money.how")}</summary>
    <dl class="money-words">
      <dt>${t("money.band.slack")}</dt><dd>${t("money.how.slack")}</dd>
      <dt>${t("money.band.short")}</dt><dd>${t("money.how.short")}</dd>
      <dt>${label("steering", "partial")}</dt><dd>${t("money.how.partial")}</dd>
      <dt>${label("steering", "full")}</dt><dd>${t("money.how.full")}</dd>
      <dt>${t("money.band.rubber")}</dt><dd>${t("money.how.rubber")}</dd>
    </dl><p>${t("money.how.not")}</p></details>`;
}
