/* The figures of the rubber band, all of them. */

import { html } from "../../kit/dom.js";
import { sum, toOre } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/table.js";
import { signOf, written } from "./amounts.js";

export function BandTables({ part, unit, names, title }) {
  const concerned = part.investments.filter((one) => ["allocated", "forecast", "committed"].some((key) => signOf(one[key]) !== 0));
  const unitName = label("money.unit.long", unit);
  return html`<details class="as-table"><summary>${t("chart.as_table")}</summary>
    <div class="money-table stack">
      <${DataTable} caption=${`${title} · ${t("money.table.departments")} · ${unitName}`} columns=${departmentColumns(unit, names)} rows=${part.by_department}
        rowKey=${(row) => row.department} empty=${t("money.table.nothing")}
        footer=${[{ isTotal: true, department: t("money.table.all"), slack: part.slack, short: part.short, covered: part.covered_partial }]} />
      <${DataTable} caption=${`${title} · ${t("money.table.investments")} · ${unitName}`} columns=${investmentColumns(unit, names)} rows=${concerned}
        rowKey=${(row) => row.investment} empty=${t("money.table.nothing")} footer=${concerned.length ? [totalOf(concerned, part)] : []} />
    </div></details>`;
}

function totalOf(rows, part) {
  const added = (key) => sum(rows.map((row) => row[key]));
  return { isTotal: true, name: t("money.table.all"), slack: part.slack, short: part.short,
    allocated: added("allocated"), forecast: added("forecast"), committed: added("committed") };
}

function amount(key, unit) {
  return { key, title: label("money.band.column", key), number: true, cell: (row) => written(row[key], unit), sort: (row) => toOre(row[key]) };
}

function departmentColumns(unit, names) {
  const name = (row) => (row.isTotal ? row.department : names.departmentName(row.department));
  return [{ key: "department", title: t("money.column.department"), cell: name, sort: name }, ...["slack", "short", "covered"].map((key) => amount(key, unit))];
}

function investmentColumns(unit, names) {
  return [
    { key: "investment", title: t("money.column.investment"), sort: (row) => row.name,
      cell: (row) => (row.isTotal ? row.name : html`<a href=${href(["investments", row.investment])}>${row.name}</a>`) },
    { key: "department", title: t("money.column.department"), cell: (row) => (row.isTotal ? "" : names.departmentName(row.department)) },
    { key: "status", title: t("money.column.status"), cell: (row) => html`<${Status} status=${row.status} />` },
    ...["allocated", "forecast", "committed", "slack", "short"].map((key) => amount(key, unit)),
  ];
}
