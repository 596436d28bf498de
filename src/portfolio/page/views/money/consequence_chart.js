/* The years as stacked bars: costs above the line, what lessens them below, and the total through both. */

import { html, useMemo } from "../../kit/dom.js";
import { toOre } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { token } from "../../kit/theme.js";
import { Chart } from "../../parts/chart.js";
import { counted, partName, PartsLegend, partsShown, RELIEFS, seriesOf } from "../../parts/consequence_parts.js";
import { DataTable } from "../../parts/table.js";
import { Nothing } from "../../parts/trouble.js";
import { inUnit, written } from "./amounts.js";
import { dearest, totalsOf, yearsOf } from "./consequence_figures.js";

export function ConsequenceChart({ found, borneBy, series, unit, names, name }) {
  const years = yearsOf(found, borneBy);
  const totals = totalsOf(found, borneBy);
  const changed = useMemo(() => JSON.stringify([years, unit]), [years, unit]);
  if (!years.length) return html`<${Nothing} title=${t("money.borne_by.nothing")}><p>${t("money.borne_by.nothing.do")}</p></${Nothing}>`;
  const shown = partsShown(years);
  return html`<div class="card money-chart"><${PartsLegend} shown=${shown} /><${Chart} height=${420} changed=${changed} description=${described({ years, series, unit, names, name, borneBy })}
    option=${() => optionOf(years, shown, unit)}>
    <div class="money-table money-years-table"><${DataTable} caption=${`${t("money.consequence.title")} · ${label("money.unit.long", unit)}`} columns=${columns(unit)} rows=${years} rowKey=${(row) => row.year}
      footer=${[{ ...totals, year: t("money.sum.row") }]} /></div>
  </${Chart}></div>`;
}

function columns(unit) {
  const keys = ["depreciation", "interest", "capital_cost", "operation", "maintenance", "staff", "one_off", ...RELIEFS, "total"];
  return [
    { key: "year", title: t("money.year") },
    ...keys.map((key) => ({
      key, title: partName(key), number: true, cell: (row) => written(row[key], unit), sort: (row) => toOre(row[key]),
    })),
  ];
}

function described({ years, series, unit, names, name, borneBy }) {
  const most = dearest(years);
  return t("money.consequence.described", {
    series: label("money.series.of", series), name, first: years[0].year, last: years.at(-1).year,
    year: most.year, amount: `${written(most.total, unit)} ${unit}`, borne: borneBy ? t("money.consequence.borne", { name: names.departmentName(borneBy) }) : "",
  });
}

/** For drawing alone: the figures that are read stand in the table, to the öre. */
function drawn(unit) {
  return (amount) => Number(inUnit(amount, unit));
}

function optionOf(years, shown, unit) {
  const ink = token("ink");
  return {
    textStyle: { fontFamily: "inherit", color: ink, fontSize: 14 },
    grid: { left: 8, right: 12, top: 34, bottom: 8, containLabel: true },
    // Drawn as text of the picture: markup of its own would need styles that the page does not allow.
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, backgroundColor: token("surface"), borderColor: token("line-strong"),
      textStyle: { color: ink }, confine: true, formatter: (points) => hovered(points, years, shown, unit) },
    xAxis: { type: "category", data: years.map((year) => String(year.year)), axisLabel: { color: ink, hideOverlap: true }, axisLine: { onZero: true, lineStyle: { color: token("line-strong") } }, axisTick: { show: false } },
    yAxis: { type: "value", name: unit, nameTextStyle: { color: ink, align: "right" }, axisLabel: { color: ink, formatter: (value) => written(asAmount(value, unit), unit).replace(/,0$|\.0$/, "") }, splitLine: { lineStyle: { color: token("line") } } },
    series: seriesOf(years, shown, drawn(unit)),
  };
}

function asAmount(value, unit) {
  const kronor = { kr: 1, tkr: 1000, mkr: 1_000_000 }[unit];
  return (value * kronor).toFixed(2);
}

function hovered(points, years, shown, unit) {
  const year = years[points[0].dataIndex];
  const told = [...shown, "total"].map((key) => `${partName(key)}: ${written(counted(year, key), unit)}`);
  return [`${year.year} (${unit})`, ...told].join("\n");
}
