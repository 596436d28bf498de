/* What is decided, expected, released and booked: figures, by year, and every movement. */

import { html } from "../../kit/dom.js";
import { day, percent, sek, sekShort } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { token } from "../../kit/theme.js";
import { Chart } from "../../parts/chart.js";
import { Nothing } from "../../parts/trouble.js";
import { DataTable } from "../../parts/table.js";
import { SERIES, TYPES, deviationShare, less, yearRows } from "./figures.js";

/** `released` is a total, or null while it has not come. */
export function Figures({ plan, released }) {
  const { decided, forecast, outcome, deviation } = plan;
  const share = deviationShare(deviation.total, decided.total);
  return html`<dl class="investment-figures">
    <${Figure} name=${t("investment.money.decided")} of=${decided} />
    <${Figure} name=${t("investment.money.forecast")} of=${forecast} />
    <${Figure} name=${t("investment.money.deviation")} of=${deviation} signed note=${share === null ? null : t("investment.money.of_decided", { share: percent(share) })} />
    <${Figure} name=${t("investment.money.outcome")} of=${outcome} />
    <${Figure} name=${t("investment.money.released")} of=${{ total: released }}
      note=${released === null ? null : t("investment.money.left", { amount: sek(less(decided.total, released)) })} />
  </dl>`;
}

function Figure({ name, of, note, signed = false }) {
  const amount = signed ? withSign : sek;
  return html`<div class="investment-figure"><dt>${name}</dt>
    <dd class="investment-figure-total">${amount(of.total)}</dd>
    ${of.total_capital !== undefined && html`<dd class="small">${TYPES.map((type) => html`<span key=${type}>${label("type", type)} ${amount(of[`total_${type}`])}</span>`)}</dd>`}
    ${note && html`<dd class="small">${note}</dd>`}</div>`;
}

/** What is above is said to be so: a plus, not only no minus. */
function withSign(amount) {
  return Number(amount) > 0 ? `+${sek(amount)}` : sek(amount);
}

/** A chart for each of capital and operating that has a line. */
export function Years({ plan }) {
  const shown = TYPES.map((type) => [type, yearRows(plan, type)]).filter(([, rows]) => rows.length > 0);
  if (!shown.length) return html`<${Nothing} title=${t("investment.no_lines")}><p>${t("investment.no_lines.do")}</p></${Nothing}>`;
  return html`${plan.missing_index_years.length > 0 && html`<p class="soft">${t("investment.missing_index", { years: plan.missing_index_years.join(", ") })}</p>`}
    <div class="investment-charts">${shown.map(([type, rows]) => html`<${YearChart} key=${type} type=${type} rows=${rows} />`)}</div>`;
}

function YearChart({ type, rows }) {
  const title = label("investment.by_year", type);
  return html`<section class="investment-chart"><h3>${title}</h3>
    <${Chart} option=${() => optionOf(rows)} changed=${JSON.stringify(rows)} height=${260} description=${describe(rows)}>
      <${DataTable} caption=${title} hideCaption rowKey=${(row) => row.year} rows=${rows}
        columns=${[{ key: "year", title: t("investment.year"), sort: false }, ...SERIES.map(seriesColumn)]} />
    </${Chart}></section>`;
}

function seriesColumn(key) {
  return { key, title: label("investment.series", key), number: true, sort: false, cell: (row) => sek(row[key]) };
}

function describe(rows) {
  return t("investment.chart.years", { first: rows[0].year, last: rows.at(-1).year });
}

/* Decided is a frame, the forecast fills it, the outcome is solid: told apart without their colours. */
function looks() {
  return {
    decided: { color: token("surface"), borderColor: token("ink"), borderWidth: 1.5, borderType: "solid" },
    forecast: { color: token("ramp-3"), borderColor: token("ramp-3"), borderWidth: 1.5 },
    outcome: { color: token("ink"), borderColor: token("ink"), borderWidth: 1.5 },
  };
}

export function axes(years) {
  const text = { color: token("ink-soft"), fontSize: 13 };
  return {
    grid: { left: 8, right: 8, top: 44, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 16, itemHeight: 12, textStyle: { color: token("ink"), fontSize: 13 } },
    tooltip: tooltip(),
    xAxis: { type: "category", data: years.map(String), axisLabel: text, axisTick: { show: false }, axisLine: { lineStyle: { color: token("line-strong") } } },
    yAxis: { type: "value", splitNumber: 4, axisLabel: { ...text, formatter: (value) => sekShort(value) }, splitLine: { lineStyle: { color: token("line") } } },
  };
}

// Drawn as text: the usual one is HTML with styles in it, which the policy forbids.
function tooltip() {
  return {
    trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow", shadowStyle: { color: token("line"), opacity: 0.35 } },
    valueFormatter: (value) => (value === null || value === undefined ? "–" : sek(value)),
    backgroundColor: token("surface"), borderColor: token("line-strong"), textStyle: { color: token("ink"), fontSize: 13 },
  };
}

function optionOf(rows) {
  const style = looks();
  return {
    ...axes(rows.map((row) => row.year)),
    series: SERIES.map((key) => ({
      type: "bar", name: label("investment.series", key), itemStyle: style[key], barMaxWidth: 44, barGap: "10%",
      data: rows.map((row) => (row[key] === null ? null : Number(row[key]))),
    })),
  };
}

/** Every movement of money, each with what decided it. */
export function Trail({ items, bodies }) {
  const rows = items.map((one, i) => ({ ...one, i }));
  return html`<${DataTable} caption=${t("investment.trail")} hideCaption rows=${rows} rowKey=${(row) => row.i} empty=${t("investment.no_trail")} initial=${{ key: "date", down: false }}
    columns=${[
      { key: "date", title: t("investment.date"), cell: (row) => day(row.date) },
      { key: "kind", title: t("investment.movement"), cell: (row) => label("investment.trail_kind", row.kind), sort: (row) => label("investment.trail_kind", row.kind) },
      { key: "type", title: t("investment.type"), cell: (row) => label("type", row.type) },
      { key: "year", title: t("investment.year"), cell: (row) => row.year ?? "" },
      { key: "amount", title: t("investment.amount"), number: true, cell: (row) => sek(row.amount), sort: (row) => Number(row.amount) },
      { key: "decided_by", title: t("investment.decided_by"), cell: (row) => bodies.get(row.decided_by) ?? row.decided_by },
      { key: "case_number", title: t("investment.case_number") },
      { key: "counterpart", title: t("investment.counterpart") },
    ]} />`;
}
