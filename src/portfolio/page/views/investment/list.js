/* Every investment, to be searched. */

import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { get, query as queryOf } from "../../kit/api.js";
import { useLoad } from "../../kit/load.js";
import { useTyped } from "../../kit/resting.js";
import { href, setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Kind, STATUSES, Status } from "../../parts/badges.js";
import { Select, TextField } from "../../parts/fields.js";
import { namesOf } from "../../parts/names.js";
import { gateName } from "../../parts/standing.js";
import { DataTable } from "../../parts/table.js";
import { Loaded, Nothing, Trouble } from "../../parts/trouble.js";
import { allOpen, useEvery } from "./asking.js";

const PAGE = 100;
const FILTERS = ["q", "program", "department", "kind", "gate", "status"];
const GATES = ["need", "study", "direction", "implementation", "handover", "benefits"];

export function List({ query, me }) {
  const asked = Object.fromEntries(FILTERS.map((name) => [name, query[name] ?? ""]));
  const programs = useEvery("/v1/programs");
  const departments = useEvery(me ? "/v1/departments" : null);
  const templates = useEvery(me ? "/v1/gate-templates" : null);
  const names = { program: namesOf(programs.value), department: namesOf(departments.value) };
  return html`<h1>${t("investment.list")}</h1>
    <${Filters} asked=${asked} programs=${programs.value ?? []} departments=${departments.value} gates=${gatesOf(templates.value)} />
    ${me ? html`<${Searched} asked=${asked} names=${names} />` : html`<${Published} asked=${asked} names=${names} />`}`;
}

/** The gates of every template, those that the page knows first. */
function gatesOf(templates = []) {
  const all = new Map(GATES.map((code) => [code, gateName(code)]));
  for (const gate of templates.flatMap((one) => one.gates)) {
    if (!all.has(gate.code)) all.set(gate.code, gateName(gate.code, [gate]));
  }
  return [...all].map(([value, name]) => ({ value, label: name }));
}

function Filters({ asked, programs, departments, gates }) {
  const set = (name) => (value) => setQuery({ [name]: value });
  const [sought, search] = useTyped(asked.q, set("q"));
  const all = t("investment.all");
  const choice = (name, title, options) => html`<${Select} key=${name} label=${title} plain empty=${all} value=${asked[name]} options=${options} onChange=${set(name)} />`;
  return html`<search class="investment-filters" aria-label=${t("investment.filters")}>
    <${TextField} label=${t("investment.search")} type="search" plain value=${sought} onChange=${search} />
    ${choice("program", t("investment.program"), programs.map((one) => ({ value: one.code, label: one.name })))}
    ${departments && choice("department", t("investment.department"), departments.map((one) => ({ value: one.code, label: one.name })))}
    ${choice("kind", t("investment.kind"), ["physical", "social"].map((value) => ({ value, label: label("kind", value) })))}
    ${choice("gate", t("investment.gate"), gates)}
    ${choice("status", t("investment.status"), STATUSES.map((value) => ({ value, label: label("status", value) })))}
  </search>`;
}

function Searched({ asked, names }) {
  const { first, items, more, failed, busy } = usePages(`/v1/investments${queryOf({ ...asked, limit: PAGE })}`);
  const place = useRef(null);
  const begins = useRef(null);
  // The reader goes on where the rows begin that were asked for.
  useEffect(() => {
    if (begins.current === null || items.length <= begins.current) return;
    place.current.querySelectorAll("tbody tr")[begins.current]?.querySelector("a").focus();
    begins.current = null;
  }, [items.length]);
  const fetchOn = () => {
    begins.current = items.length;
    return more();
  };
  return html`<${Loaded} load=${first}>${({ total }) => html`
    <div ref=${place}><${Result} rows=${items} total=${total} names=${names} /></div>
    ${more && html`<p class="more">${t("table.shown", { shown: items.length, total })}
      <button type="button" class="button" aria-disabled=${busy ? "true" : "false"} onClick=${busy ? undefined : fetchOn}>
      ${busy ? t("shell.fetching") : t("investment.more", { more: Math.min(PAGE, total - items.length) })}</button></p>`}
    ${failed && html`<${Trouble} error=${failed} again=${fetchOn} compact />`}`}</${Loaded}>`;
}

/** The first page of a list, and a way to the next as long as there is one. */
function usePages(address) {
  const first = useLoad(address, ({ signal }) => get(address, { signal }), { keep: true });
  const [kept, setKept] = useState(null);
  // What was fetched after another first page belongs to it alone.
  const rest = kept && kept.of === first.value ? kept : { of: first.value, items: [], next: first.value?.next ?? null };
  async function more() {
    setKept({ ...rest, busy: true, failed: null });
    try {
      const page = await get(rest.next);
      setKept({ of: rest.of, items: [...rest.items, ...page.items], next: page.next });
    } catch (failed) {
      setKept({ ...rest, failed });
    }
  }
  return { first, items: [...(first.value?.items ?? []), ...rest.items], more: rest.next ? more : null, failed: rest.failed, busy: rest.busy };
}

function Published({ asked, names }) {
  const load = useLoad("published investments", ({ signal }) => allOpen(signal));
  return html`<p class="soft">${t("investment.only_published")}</p>
    <${Loaded} load=${load}>${(rows) => {
      const found = matching(rows, asked);
      return html`<${Result} rows=${found} total=${found.length} names=${names} paged />`;
    }}</${Loaded}>`;
}

/** What the API does for those who are signed in: `q` in code or name, the others exactly. */
export function matching(rows, { q, ...exact }) {
  const sought = q.trim().toLocaleLowerCase("sv");
  return rows.filter((row) => Object.entries(exact).every(([name, value]) => value === "" || row[name] === value)
    && (`${row.code} ${row.name}`).toLocaleLowerCase("sv").includes(sought));
}

/** `paged` where all rows came at once: else they are shown as they are fetched. */
function Result({ rows, total, names, paged = false }) {
  if (!total) return html`<${Nothing} title=${t("investment.none")}><p>${t("investment.none.do")}</p></${Nothing}>`;
  // The order of a part of a list says nothing about the whole.
  const sort = rows.length < total ? { sort: false } : {};
  const program = (row) => (row.program
    ? html`<a href=${href(["programs", row.program])} dir="auto">${names.program.get(row.program) ?? row.program}</a>` : "–");
  const gate = (row) => (row.gate ? gateName(row.gate) : "–");
  return html`<p role="status">${t("investment.found", { n: total })}</p>
    <${DataTable} caption=${t("investment.list")} hideCaption paged=${paged} rows=${rows} rowKey=${(row) => row.code} columns=${[
      { key: "name", title: t("investment.name"), cell: (row) => html`<a href=${href(["investments", row.code])} dir="auto">${row.name}</a>`, ...sort },
      { key: "code", title: t("investment.code"), ...sort },
      { key: "kind", title: t("investment.kind"), cell: (row) => html`<${Kind} kind=${row.kind} />`, ...sort },
      { key: "program", title: t("investment.program"), cell: program, ...sort },
      { key: "department", title: t("investment.department"), cell: (row) => names.department.get(row.department) ?? row.department, ...sort },
      { key: "gate", title: t("investment.gate"), cell: gate, sort: gate, ...sort },
      { key: "status", title: t("investment.status"), cell: (row) => html`<${Status} status=${row.status} />`, sort: (row) => label("status", row.status), ...sort },
    ]} />`;
}
