/* What an investment costs each year once it is there: drawn in layers, and as a table. */

import { html } from "../../kit/dom.js";
import { sek } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { token } from "../../kit/theme.js";
import { Chart } from "../../parts/chart.js";
import { DataTable } from "../../parts/table.js";
import { CONSEQUENCES, counted, partsOf } from "./figures.js";
import { axes } from "./money.js";

export function Consequence({ consequence }) {
  const { years } = consequence;
  const parts = partsOf(consequence);
  if (!parts.length) return html`<p class="soft">${t("investment.no_consequence")}</p>`;
  const peak = years.reduce((most, year) => (Number(year.total) > Number(most.total) ? year : most), years[0]);
  const description = t("investment.chart.consequence", { first: years[0].year, last: years.at(-1).year, peak: sek(peak.total), year: peak.year });
  return html`<${Chart} option=${() => optionOf(years, parts)} changed=${JSON.stringify(years)} height=${300} description=${description}>
    <${DataTable} caption=${t("investment.consequence")} hideCaption rows=${years} rowKey=${(row) => row.year} columns=${columnsOf(parts)}
      footer=${[{ year: t("investment.sum"), ...consequence.totals }]} />
  </${Chart}>`;
}

function columnsOf(parts) {
  return [
    { key: "year", title: t("investment.year"), sort: false },
    ...parts.map((key) => ({ key, title: label("investment.part", key), number: true, sort: false, cell: (row) => sek(counted(row, key)) })),
    { key: "total", title: t("investment.sum"), number: true, sort: false, cell: (row) => sek(row.total) },
  ];
}

function optionOf(years, parts) {
  return {
    ...axes(years.map((one) => one.year)),
    series: parts.map((key) => ({
      type: "bar", stack: "year", name: label("investment.part", key), barCategoryGap: "15%",
      // Each part has its own colour, whatever parts stand beside it.
      itemStyle: { color: token(`series-${(CONSEQUENCES.indexOf(key) % 8) + 1}`), borderColor: token("surface"), borderWidth: 0.5 },
      data: years.map((one) => Number(counted(one, key))),
    })),
  };
}
