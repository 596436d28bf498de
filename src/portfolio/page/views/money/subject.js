/* Whose consequence is looked at. */

import { get, query as search } from "../../kit/api.js";
import { html, useState } from "../../kit/dom.js";
import { useLoad } from "../../kit/load.js";
import { setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Radios, Select, TextField } from "../../parts/fields.js";
import { useAreas } from "../../parts/names.js";
import { Loaded, Trouble } from "../../parts/trouble.js";
import { areaChoices } from "./filters.js";
import { choices } from "./names.js";

const KINDS = ["program", "department", "area", "investment"];
const FOUND = 12;

/** `{of, code, scheme}`; the first program or department there is, where the address says nothing. */
export function subjectOf(query, names) {
  const of = KINDS.includes(query.of) ? query.of : "program";
  const first = { program: names.programs[0], department: names.departments[0] }[of]?.code;
  return { of, code: query.code || first, scheme: query.scheme || names.schemes[0]?.code };
}

export function isChosen({ of, code, scheme }) {
  return Boolean(code && (of !== "area" || scheme));
}

function choose(changes) {
  // Another subject has other years and other departments.
  setQuery({ from: undefined, to: undefined, borne_by: undefined, ...changes });
}

export function SubjectChoice({ subject, names }) {
  const options = KINDS.map((code) => ({ value: code, label: label("money.of", code) }));
  const One = { program: ProgramChoice, department: DepartmentChoice, area: AreaSubject, investment: InvestmentChoice }[subject.of];
  return html`<section class="money-subject" aria-label=${t("money.subject")}>
    <${Radios} label=${t("money.subject")} value=${subject.of} options=${options}
      onChange=${(of) => choose({ of: of === "program" ? undefined : of, code: undefined, by: undefined })} />
    <${One} subject=${subject} names=${names} />
  </section>`;
}

function ProgramChoice({ subject, names }) {
  return html`<${Select} label=${label("money.of", "program")} plain value=${subject.code} options=${choices(names.programs)} onChange=${(code) => choose({ code })} />`;
}

function DepartmentChoice({ subject, names }) {
  return html`<${Select} label=${label("money.of", "department")} plain value=${subject.code} options=${choices(names.departments)} onChange=${(code) => choose({ code })} />`;
}

function AreaSubject({ subject, names }) {
  const areas = useAreas(subject.scheme);
  return html`<div class="money-fields">
    <${Select} label=${label("money.filter", "scheme")} plain value=${subject.scheme} options=${choices(names.schemes)}
      onChange=${(scheme) => choose({ scheme, code: undefined })} />
    ${areas.error ? html`<${Trouble} error=${areas.error} again=${areas.again} compact />`
      : html`<${Select} label=${label("money.of", "area")} plain value=${subject.code ?? ""} empty=${t("money.choose_area")} options=${areaChoices(areas.value)}
          onChange=${(code) => choose({ code })} />`}
  </div>`;
}

/** Of a hundred thousand one is found by its name or code. */
function InvestmentChoice() {
  const [words, setWords] = useState("");
  const [sought, setSought] = useState(null);
  const load = useLoad(sought === null ? null : `money/sought/${sought}`, (options) => get(`/v1/investments${search({ q: sought, limit: FOUND })}`, options));
  function submit(event) {
    event.preventDefault();
    setSought(words.trim());
  }
  return html`<form class="money-search" role="search" onSubmit=${submit}>
      <${TextField} label=${t("money.search")} type="search" required value=${words} onChange=${setWords} />
      <button class="button">${t("money.search.do")}</button>
    </form>
    ${sought !== null && html`<${Loaded} load=${load}>${(found) => html`<${FoundOnes} found=${found} done=${() => setSought(null)} />`}</${Loaded}>`}`;
}

function FoundOnes({ found, done }) {
  if (!found.items.length) return html`<p role="status">${t("money.search.nothing")}</p>`;
  const take = (code) => {
    choose({ code });
    done();
  };
  return html`<p role="status">${t("money.search.found", { n: found.total })} ${found.total > FOUND ? t("money.search.narrow", { shown: FOUND }) : ""}</p>
    <ul class="money-found">${found.items.map((one) => html`<li key=${one.code}>
      <button type="button" class="button" dir="auto" onClick=${() => take(one.code)}>${one.name} <span class="soft">${one.code}</span></button></li>`)}</ul>`;
}
