/* The operating consequence by year: of a program, a department, an area or an investment. */

import { get, path, query as search } from "../../kit/api.js";
import { html } from "../../kit/dom.js";
import { useLoad } from "../../kit/load.js";
import { href, setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Download } from "../../parts/download.js";
import { Select } from "../../parts/fields.js";
import { Loaded, Nothing } from "../../parts/trouble.js";
import { unitOf } from "./amounts.js";
import { Switch, UnitSwitch } from "./appearance.js";
import { ConsequenceChart } from "./consequence_chart.js";
import { Figures, Located } from "./consequence_figures.js";
import { choices } from "./names.js";
import { RatesMissing } from "./rates_missing.js";
import { isChosen, SubjectChoice, subjectOf } from "./subject.js";

export function Consequence({ query, names }) {
  return html`<h2>${t("money.consequence.title")}</h2><p class="soft">${t("money.consequence.lead")}</p>
    <${Loaded} load=${names}>${(known) => html`<${Chosen} query=${query} names=${known} subject=${subjectOf(query, known)} />`}</${Loaded}>`;
}

function Chosen({ query, names, subject }) {
  return html`<${SubjectChoice} subject=${subject} names=${names} />
    ${isChosen(subject) ? html`<${Answered} key=${pathOf(subject)} query=${query} names=${names} subject=${subject} />`
      : html`<${Nothing} title=${t("money.subject.none")}><p>${label("money.subject.none.do", subject.of)}</p></${Nothing}>`}`;
}

/** Where the API tells what a subject costs to run. */
export function pathOf({ of, code, scheme }) {
  return {
    program: path`/v1/programs/${code}/consequence`,
    department: path`/v1/departments/${code}/consequence`,
    area: path`/v1/area-schemes/${scheme ?? ""}/areas/${code}/consequence`,
    investment: path`/v1/investments/${code}/consequence`,
  }[of];
}

/** What is asked of the API; `years` narrows it to those of the address. */
function askedOf(query, subject, years) {
  return {
    series: seriesOf(query),
    by: subject.of === "area" && query.by === "served" ? "served" : undefined,
    ...(years ? { from_year: query.from, to_year: query.to } : {}),
  };
}

async function nameOf({ of, code, scheme }, names, options) {
  if (of === "program") return names.programName(code);
  if (of === "department") return names.departmentName(code);
  return (await get(of === "area" ? path`/v1/area-schemes/${scheme}/areas/${code}` : path`/v1/investments/${code}`, options)).name;
}

function seriesOf(query) {
  return query.series === "decided" ? "decided" : "forecast";
}

function Answered({ query, names, subject }) {
  const address = (years) => pathOf(subject) + search(askedOf(query, subject, years));
  // All years tell what can be chosen; those chosen have totals of their own.
  const [whole, part] = [address(false), address(true)];
  const load = useLoad(part, async (options) => {
    const [found, name] = await Promise.all([get(part, options), nameOf(subject, names, options)]);
    const all = whole === part ? found : await get(whole, options);
    return { found, name, years: all.years.map((one) => one.year) };
  }, { keep: true });
  if (load.error?.problem?.type?.endsWith("/rate-missing")) return html`<${RatesMissing} error=${load.error} again=${load.again} />`;
  return html`<${Options} query=${query} subject=${subject} names=${names} load=${load} part=${part} />
    <${Loaded} load=${load}>${(value) => html`<${Shown} query=${query} names=${names} subject=${subject} ...${value} />`}</${Loaded}>`;
}

function Options({ query, subject, names, load, part }) {
  const years = load.value?.years ?? [];
  const departments = load.value?.found.by_department ?? [];
  const file = (format) => `${part}&${new URLSearchParams({ format, unit: unitOf(query) })}`;
  return html`<div class="money-tools">
    <${Switch} name="series" value=${seriesOf(query)} codes=${["forecast", "decided"]} named=${(code) => label("money.series", code)} standard="forecast" />
    ${subject.of === "area" && html`<${Switch} name="by" value=${query.by === "served" ? "served" : "location"} codes=${["location", "served"]} named=${(code) => label("money.by", code)} standard="location" />`}
    <${UnitSwitch} unit=${unitOf(query)} />
    <div class="money-years">
      <${YearChoice} name="from" years=${years} value=${query.from ?? years[0]} last=${query.to} />
      <${YearChoice} name="to" years=${years} value=${query.to ?? years.at(-1)} first=${query.from} />
    </div>
    ${departments.length > 1 && html`<div class="money-borne"><${Select} label=${t("money.borne_by")} plain value=${query.borne_by ?? ""} empty=${t("money.borne_by.all")}
      options=${choices(departments.map((one) => ({ code: one.department, name: names.departmentName(one.department) })))} onChange=${(code) => setQuery({ borne_by: code })} /></div>`}
    <span class="money-downloads">
      <${Download} path=${file("csv")} accept="text/csv">${t("money.download.csv")}</${Download}>
      <${Download} path=${file("xlsx")} accept="*/*">${t("money.download.xlsx")}</${Download}>
    </span>
  </div>`;
}

/** Only years that leave the other one in its place. The first and the last need not stand in the address. */
function YearChoice({ name, years, value, first = -Infinity, last = Infinity }) {
  const offered = years.filter((year) => year >= Number(first) && year <= Number(last));
  const plain = name === "from" ? years[0] : years.at(-1);
  return html`<${Select} label=${label("money.year", name)} plain value=${String(value ?? "")} options=${offered.map((year) => ({ value: String(year), label: String(year) }))}
    onChange=${(year) => setQuery({ [name]: Number(year) === plain ? undefined : year })} />`;
}

function Whose({ subject, name }) {
  const view = { program: "programs", investment: "investments" }[subject.of];
  return view ? html`<a href=${href([view, subject.code])}>${name}</a>` : name;
}

function Shown({ query, names, subject, found, name, years }) {
  const [series, unit] = [seriesOf(query), unitOf(query)];
  if (!years.length) return html`<${Nothing} title=${label("money.no_consequence", series)}><p>${label("money.no_consequence.do", series)}</p></${Nothing}>`;
  if (!found.years.length) return html`<${Nothing} title=${t("money.no_years")}><p>${t("money.no_years.do", { first: years[0], last: years.at(-1) })}</p>
    <p><button type="button" class="button" onClick=${() => setQuery({ from: undefined, to: undefined })}>${t("money.all_years")}</button></p></${Nothing}>`;
  return html`<h3 class="money-whose" dir="auto"><${Whose} subject=${subject} name=${name} /></h3><${Figures} found=${found} query=${query} unit=${unit} />
    <${ConsequenceChart} found=${found} borneBy=${query.borne_by} series=${series} unit=${unit} names=${names} name=${name} />
    ${subject.of === "area" && html`<${Located} found=${found} unit=${unit} scheme=${subject.scheme} names=${names} />`}`;
}
