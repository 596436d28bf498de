/* What an investment costs each year once it is there: drawn in layers, and as a table. */

import { html } from "../../kit/dom.js";
import { sek } from "../../kit/format.js";
import { t } from "../../kit/texts.js";
import { Chart } from "../../parts/chart.js";
import { counted, partName, PartsLegend, partsShown, seriesOf } from "../../parts/consequence_parts.js";
import { DataTable } from "../../parts/table.js";
import { axes } from "./money.js";

export function Consequence({ consequence }) {
  const { years } = consequence;
  const shown = partsShown(years);
  if (!shown.length) return html`<p class="soft">${t("investment.no_consequence")}</p>`;
  const peak = years.reduce((most, year) => (Number(year.total) > Number(most.total) ? year : most), years[0]);
  const description = t("investment.chart.consequence", { first: years[0].year, last: years.at(-1).year, peak: sek(peak.total), year: peak.year });
  const total = { ...consequence.totals, year: t("investment.sum") };
  return html`<${PartsLegend} shown=${shown} /><${Chart} option=${() => optionOf(years, shown)} changed=${JSON.stringify(years)} height=${300} description=${description}>
    <${DataTable} caption=${t("investment.consequence")} hideCaption rows=${years} rowKey=${(row) => row.year} columns=${columnsOf(shown)} footer=${[total]} />
  </${Chart}>`;
}

function columnsOf(shown) {
  return [
    { key: "year", title: t("investment.year"), sort: false },
    ...shown.map((part) => ({ key: part, title: partName(part), number: true, sort: false, cell: (row) => sek(counted(row, part)) })),
    { key: "total", title: partName("total"), number: true, sort: false, cell: (row) => sek(row.total) },
  ];
}

function optionOf(years, shown) {
  const { legend, ...plain } = axes(years.map((one) => one.year));
  return { ...plain, grid: { ...plain.grid, top: 12 }, series: seriesOf(years, shown, Number) };
}
