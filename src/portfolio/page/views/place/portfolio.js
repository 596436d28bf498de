/* The portfolio of an area for those who are signed in: everything, across departments, with its share of the money. */

import { html } from "../../kit/dom.js";
import { number, percent, sek, sekShort, toOre } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { href, setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { KindSign, Status } from "../../parts/badges.js";
import { Radios } from "../../parts/fields.js";
import { DataTable } from "../../parts/table.js";
import { Loaded, Nothing } from "../../parts/trouble.js";
import { Breakdown } from "./breakdown.js";
import { fetchDepartments, fetchPortfolio } from "./data.js";
import { Elsewhere } from "./elsewhere.js";
import { Figures } from "./figures.js";

const GATES = ["need", "study", "direction", "implementation", "handover", "benefits"];

export function Portfolio({ scheme, area, programs, query }) {
  const by = query.by === "served" ? "served" : "location";
  const load = useLoad(`place.portfolio ${scheme.code} ${area.code} ${by}`, (how) => fetchPortfolio(scheme.code, area.code, by, how), { keep: true });
  // Only their names: without them the codes stand there.
  const departments = useLoad("place.departments", fetchDepartments).value ?? new Map();
  return html`<${Radios} label=${t("place.by")} value=${by} onChange=${(code) => setQuery({ by: code === "served" ? code : "" })}
      options=${["location", "served"].map((code) => ({ value: code, label: label("place.by", code) }))} />
    <${Loaded} load=${load}>${(portfolio) => html`
      ${portfolio.items.length
        ? html`<${Contents} portfolio=${portfolio} area=${area} by=${by} departments=${departments} programs=${programs} />`
        : html`<${Nothing} title=${t("place.empty_area")}><p>${t("place.empty_area.do")}</p></${Nothing}>`}
      <${Elsewhere} scheme=${scheme} portfolio=${portfolio} />`}</${Loaded}>`;
}

function Contents({ portfolio, area, by, departments, programs }) {
  const { totals, items } = portfolio;
  const all = totals.all;
  const waiting = items.filter((one) => one.status === "on_hold").length;
  const perResident = by === "location" ? area.per_resident : null;
  return html`
    <${Figures} figures=${[
      { value: sekShort(all.apportioned_total), text: t("place.figure.apportioned") },
      perResident !== null && { value: sek(perResident), text: t("place.figure.per_resident") },
      { value: number(all.count), text: t("place.figure.investments", { n: all.count }) },
      { value: number(waiting), text: t("place.figure.on_hold", { n: waiting }), waits: waiting > 0 },
    ]} />
    <p class="small">${t("place.apportioned", { planned: sek(all.planned_total), apportioned: sek(all.apportioned_total) })}</p>
    <${Programs} codes=${items.map((one) => one.program)} programs=${programs} />
    <h3>${t("place.investments.title")}</h3>
    <${Items} items=${items} departments=${departments} />
    <${Breakdown} title=${t("place.totals.kind")} rows=${totals.by_kind.map((one) => ({ ...one, key: one.kind, name: label("kind", one.kind), colour: one.kind }))} />
    <${Breakdown} title=${t("place.totals.department")} rows=${largestFirst(totals.by_department).map((one) => ({ ...one, key: one.department, name: departments.get(one.department) ?? one.department }))} />
    <${Breakdown} title=${t("place.totals.gate")} rows=${inOrder(totals.by_gate).map((one) => ({ ...one, key: one.gate, name: label("gate", one.gate) }))} />`;
}

function largestFirst(rows) {
  return [...rows].sort((a, b) => (toOre(b.apportioned_total) > toOre(a.apportioned_total) ? 1 : -1));
}

/** The known gates as they follow each other, then those of a municipality's own. */
function inOrder(rows) {
  const place = (row) => (GATES.includes(row.gate) ? GATES.indexOf(row.gate) : GATES.length);
  return [...rows].sort((a, b) => place(a) - place(b));
}

export function Programs({ codes, programs }) {
  const distinct = [...new Set(codes.filter(Boolean))];
  if (!distinct.length) return null;
  const name = (code) => programs?.find((one) => one.code === code)?.name ?? code;
  return html`<p class="place-gates">${t("place.to_gates")} ${distinct.map((code) => html`<a key=${code} href=${href(["programs", code])} dir="auto">${name(code)}</a> `)}</p>`;
}

function Items({ items, departments }) {
  const columns = [
    { key: "name", title: t("place.column.investment"), cell: (row) => html`<${InvestmentCell} ...${row} code=${row.investment} department=${departments.get(row.department) ?? row.department} />` },
    { key: "share", title: t("place.column.share"), number: true, cell: (row) => percent(row.share) },
    { key: "money", title: t("place.column.apportioned"), number: true, sort: (row) => toOre(row.apportioned_total),
      cell: (row) => html`<span title=${sek(row.apportioned_total)}>${sekShort(row.apportioned_total)}</span>` },
  ];
  return html`<${DataTable} caption=${t("place.investments.title")} hideCaption columns=${columns} rows=${items} rowKey=${(row) => row.investment} initial=${{ key: "money", down: true }} />`;
}

/** Name, who delivers (where that is known), how far it has come. */
export function InvestmentCell({ code, name, kind, department, gate, status }) {
  return html`<span class="place-item"><${KindSign} kind=${kind} /><span>
    <span class="visually-hidden">${label("kind", kind)}: </span><a href=${href(["investments", code])}>${name}</a>
    <span class="place-item-more">${department && html`<span dir="auto">${department}</span> · `}${label("gate", gate)} <${Status} status=${status} /></span></span></span>`;
}
