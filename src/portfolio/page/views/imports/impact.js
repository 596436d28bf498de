/* Which investments and programs the file touches, and what money moves between areas. */

import { html } from "../../kit/dom.js";
import { percent, sek, toOre } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { t } from "../../kit/texts.js";
import { DataTable } from "../../parts/table.js";

export function Impact({ found }) {
  const { programs } = found.impact;
  const investments = found.impact.investments.filter(hasShares);
  const pointing = found.impact.investments.filter((one) => !hasShares(one));
  return html`<section><h2>${t("imports.impact")}</h2>
    ${found.impact.investments.length + programs.length === 0 && html`<p>${t("imports.impact.none")}</p>`}
    ${investments.length > 0 && html`<${DataTable} caption=${t("imports.impact.investments", { n: investments.length })} columns=${investmentColumns()} rows=${investments} rowKey=${(row) => row.code} />`}
    ${pointing.length > 0 && html`<p>${pointing.map((one, i) => html`${i > 0 && ", "}<a key=${one.code} href=${href(["investments", one.code])}>${one.code} ${one.name}</a>`)}. ${t("imports.impact.pointing")}</p>`}
    ${programs.length > 0 && html`<${DataTable} caption=${t("imports.impact.programs", { n: programs.length })} columns=${programColumns()} rows=${programs} rowKey=${(row) => row.code} />`}
    ${found.money && found.money.areas.length > 0 && html`<${DataTable} caption=${t("imports.money")} columns=${moneyColumns()} rows=${found.money.areas} rowKey=${(row) => row.code} />`}
  </section>`;
}

function hasShares(investment) {
  return investment.before.length + investment.after.length > 0 || Boolean(investment.outside_before || investment.outside_after);
}

function shares(list, outside) {
  const said = (list ?? []).map((one) => `${one.code} ${percent(one.share, 1)}`);
  if (outside) said.push(t("imports.outside", { share: percent(outside, 1) }));
  return said.join(", ") || "–";
}

function investmentColumns() {
  return [
    { key: "code", title: t("imports.investment"), cell: (row) => html`<a href=${href(["investments", row.code])}>${row.code}</a>` },
    { key: "name", title: t("imports.name") },
    { key: "before", title: t("imports.before"), sort: false, cell: (row) => shares(row.before, row.outside_before) },
    { key: "after", title: t("imports.after"), sort: false, cell: (row) => shares(row.after, row.outside_after) },
  ];
}

function programColumns() {
  return [
    { key: "code", title: t("imports.program"), cell: (row) => html`<a href=${href(["programs", row.code])}>${row.code}</a>` },
    { key: "name", title: t("imports.name") },
    { key: "areas", title: t("imports.program.areas"), sort: false, cell: (row) => row.areas.join(", ") },
  ];
}

function moneyColumns() {
  const amount = (key, title) => ({ key, title, number: true, sort: (row) => toOre(row[key]), cell: (row) => sek(row[key]) });
  return [
    { key: "code", title: t("imports.code") },
    { key: "name", title: t("imports.name") },
    amount("before_total", t("imports.before")),
    amount("after_total", t("imports.after")),
  ];
}
