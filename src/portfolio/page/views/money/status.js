/* The gate status: the finance table, for now or as of any date. */

import { html } from "../../kit/dom.js";
import { day, isDay, moment } from "../../kit/format.js";
import { href, setQuery } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Download } from "../../parts/download.js";
import { DataTable } from "../../parts/table.js";
import { Loaded, Nothing, Trouble } from "../../parts/trouble.js";
import { unitOf } from "./amounts.js";
import { columnsOf, sumColumns } from "./columns.js";
import { chosenFilters, clearFilters, Filters } from "./filters.js";
import { filePath, MOST, useRows } from "./rows.js";
import { toField } from "./moments.js";
import { Sums } from "./sums.js";
import { Appearance, Switch, UnitSwitch } from "./appearance.js";

export function GateStatus({ query, names }) {
  return html`<h2>${t("money.status.title")}</h2><p class="soft">${t("money.status.lead")}</p>
    <${Loaded} load=${names}>${(known) => html`<${Filters} query=${query} names=${known} /><${Table} query=${query} names=${known} />`}</${Loaded}>`;
}

function Table({ query, names }) {
  const found = useRows(query);
  return html`<${Loaded} load=${found.load}>${(first) => (first.total === 0
    ? html`<${NoRows} query=${query} />`
    : html`<${Sums} totals=${first.totals.all} count=${first.total} query=${query} unit=${unitOf(query)} />
      <${Reconsideration} found=${found} query=${query} />
      <${Tools} query=${query} />
      <${Body} found=${found} totals=${first.totals} query=${query} names=${names} />`)}</${Loaded}>`;
}

function NoRows({ query }) {
  if (!chosenFilters(query).length) return html`<${Nothing} title=${t("money.none")}><p>${t("money.none.do")}</p></${Nothing}>`;
  return html`<${Nothing} title=${t("money.none_fit")}><p>${query.known_at ? t("money.none_fit.known") : t("money.none_fit.do")}</p>
    <p><button type="button" class="button" onClick=${clearFilters}>${t("money.filters.clear")}</button></p></${Nothing}>`;
}

/** Only where every row is here can they be counted. */
function Reconsideration({ found, query }) {
  const n = found.isAll ? found.rows.filter((row) => row.status === "reconsideration_required").length : 0;
  if (!n || query.status) return null;
  const shown = href(["money", "status"], { ...query, status: "reconsideration_required" });
  return html`<p class="money-flag"><strong>${t("money.reconsider", { n })}</strong> ${t("money.reconsider.why")} <a href=${shown}>${t("money.reconsider.show")}</a></p>`;
}

function Tools({ query }) {
  const unit = unitOf(query);
  return html`<div class="money-tools">
    <${Switch} name="show" value=${showOf(query)} codes=${["rows", "gate", "department"]} named=${(code) => label("money.show", code)} standard="rows" />
    <${UnitSwitch} unit=${unitOf(query)} />
    <${Appearance} query=${query} />
    <span class="money-downloads">
      <${Download} path=${filePath(query, "csv", unit)} accept="text/csv">${t("money.download.csv")}</${Download}>
      <${Download} path=${filePath(query, "xlsx", unit)} accept="*/*">${t("money.download.xlsx")}</${Download}>
    </span>
  </div>`;
}

function showOf(query) {
  return query.show === "gate" || query.show === "department" ? query.show : "rows";
}

function Body({ found, totals, query, names }) {
  const unit = unitOf(query);
  const show = showOf(query);
  const caption = captionOf(show, query, unit, names);
  const all = { ...totals.all, isTotal: true, name: t("money.all", { n: found.total }), count: found.total };
  return html`<div class="money-table">
    ${show === "rows" ? html`<${Rows} found=${found} all=${all} query=${query} names=${names} caption=${caption} />`
      : html`<${DataTable} key=${show} caption=${caption} columns=${sumColumns({ query: { ...query, show }, unit })} rows=${grouped(totals, show, names)}
          rowKey=${(row) => row.code ?? ""} footer=${[all]} />`}
  </div><${Notes} query=${query} />`;
}

/** What the figures are and are not, so that nobody closes the books on something else. */
function Notes({ query }) {
  return html`<p class="small">${t("money.note")} ${query.year ? t("money.note.year") : ""}</p>
    ${query.as_of && html`<p class="small">${t("money.note.as_of")}</p>`}
    ${query.scheme && query.area && html`<p class="small">${t("money.note.area")} <a href=${href(["place", query.scheme, query.area])}>${t("money.note.area.share")}</a></p>`}`;
}

function grouped(totals, show, names) {
  if (show === "gate") {
    return totals.by_gate.map((one) => ({ ...one, isTotal: true, code: one.gate, position: one.gate_position ?? 1000,
      name: one.gate ? names.gateName(one.gate) : t("money.no_gate") }));
  }
  return totals.by_department.map((one) => ({ ...one, isTotal: true, code: one.department, name: names.departmentName(one.department) }));
}

/** What is shown, all of it: a printed or a copied table must say what it leaves out. */
function captionOf(show, query, unit, names) {
  const parts = [label("money.caption", show), ...narrowedTo(query, names), label("money.unit.long", unit)];
  if (query.year) parts.push(t("money.caption.year", { year: query.year }));
  if (isDay(query.as_of)) parts.push(t("money.caption.as_of", { day: day(query.as_of) }));
  if (toField(query.known_at)) parts.push(t("money.caption.known_at", { moment: moment(query.known_at) }));
  return parts.join(" · ");
}

function narrowedTo(query, names) {
  return [
    query.program && names.programName(query.program),
    query.department && names.departmentName(query.department),
    query.gate && names.gateName(query.gate),
    query.status && label("status", query.status),
    query.kind && label("kind", query.kind),
    query.scheme && query.area && `${t("money.filter.area")} ${query.area}`,
  ].filter(Boolean);
}

function Rows({ found, all, query, names, caption }) {
  const columns = columnsOf({ query, unit: unitOf(query), names, sortable: found.isAll });
  const initial = found.isAll && query.sort ? { key: query.sort, down: query.down === "1" } : undefined;
  return html`${!found.isAll && html`<${Partly} found=${found} />`}
    ${found.trouble && html`<${Trouble} error=${found.trouble} compact />`}
    <${DataTable} key=${found.isAll} caption=${caption} columns=${columns} rows=${found.rows} rowKey=${(row) => row.investment} footer=${[all]}
      initial=${initial} onSort=${({ key, down }) => setQuery({ sort: key, down: down ? "1" : undefined })} />`;
}

/** Never as if a part were the whole: what is here, and how to get the rest. */
function Partly({ found }) {
  const { rows, total, fetching, more } = found;
  return html`<div class="money-partly" role="status">
    <p>${t("money.partly", { here: rows.length, total })} ${total > MOST ? t("money.partly.many") : t("money.partly.sort")}</p>
    <p>${total <= MOST && html`<button type="button" class="button" disabled=${fetching} onClick=${() => more(total)}>${t("money.partly.all", { total })}</button>`}
      ${rows.length < MOST && total > MOST && html`<button type="button" class="button" disabled=${fetching} onClick=${() => more(rows.length + 1000)}>${t("money.partly.more")}</button>`}
      ${fetching && html` <span class="soft">${t("shell.fetching")}</span>`}</p>
  </div>`;
}
