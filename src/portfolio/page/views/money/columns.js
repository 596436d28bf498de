/* The columns of the gate status: what a row tells, and how each is sorted. */

import { html } from "../../kit/dom.js";
import { day, today, toOre } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Kind, Outcome, Status } from "../../parts/badges.js";
import { isOverdue, nextGateOn } from "../../parts/standing.js";
import { signed, signOf, written } from "./amounts.js";

const FACTS = ["program", "steering", "areas", "kind", "department", "gate", "status", "last_decided_on", "last_case_number",
  "next_gate_on", "review_on", "weak_steps", "open_conditions"];
const BY_TYPE = ["decided", "forecast", "deviation", "outcome"];
const ALONE = ["released_total", "remaining_to_release", "operating_consequence_decided", "operating_consequence_forecast",
  "operating_consequence_deviation"];
export const CHOOSABLE = [...FACTS, ...BY_TYPE, ...ALONE];
const USUAL = ["department", "gate", "status", "decided", "forecast", "deviation", "outcome", "remaining_to_release"];
export const TYPES = ["total", "capital", "operating", "all"];

/** Which columns an address asks for, in the order of the table. */
export function chosenColumns(query) {
  const asked = query.columns === undefined ? USUAL : query.columns.split(".");
  return CHOOSABLE.filter((key) => asked.includes(key));
}

/** What an address says when these are chosen; nothing for the usual ones. */
export function columnsInQuery(chosen) {
  const text = CHOOSABLE.filter((key) => chosen.includes(key)).join(".");
  return text === USUAL.join(".") ? undefined : text;
}

export function typeOf(query) {
  return TYPES.includes(query.type) ? query.type : "total";
}

/** `what`: `{query, unit, names, sortable}`. */
export function columnsOf(what) {
  const columns = [{ key: "investment", title: t("money.column.investment"), cell: nameCell, sort: (row) => row.investment }];
  for (const key of chosenColumns(what.query)) columns.push(...(FACTS.includes(key) ? [factColumn(key, what)] : amountColumns(key, what)));
  return what.sortable ? columns : columns.map((column) => ({ ...column, sort: false }));
}

/** The same amounts over a group: a gate, a department, all. */
export function sumColumns({ query, unit }) {
  const amounts = chosenColumns(query).filter((key) => !FACTS.includes(key));
  return [
    { key: "name", title: label("money.per", query.show), cell: (row) => row.name, sort: (row) => row.position ?? row.name },
    { key: "count", title: t("money.column.count"), number: true },
    ...amounts.flatMap((key) => amountColumns(key, { query, unit })),
  ];
}

function nameCell(row) {
  if (row.isTotal) return row.name;
  return html`<a class="money-name" href=${href(["investments", row.investment])}>${row.name}</a>
    <span class="money-code">${row.investment}</span>`;
}

function factColumn(key, { names, query }) {
  const drawn = { ...CELLS, ...named(names) }[key];
  const sort = { gate: (row) => row.gate_position, department: (row) => names.departmentName(row.department), next_gate_on: nextGateOn }[key] ?? ((row) => plain(row[key]));
  const cell = (row) => (row.isTotal ? "" : drawn ? drawn(row, query) : row[key] ?? "–");
  return { key, title: label("money.column", key), cell, sort };
}

function plain(value) {
  return Array.isArray(value) ? value.length : value;
}

function named(names) {
  return {
    program: (row) => (row.program ? html`<a href=${href(["programs", row.program])}>${names.programName(row.program)}</a>` : "–"),
    department: (row) => names.departmentName(row.department),
    gate: (row) => (row.gate ? names.gateName(row.gate) : "–"),
  };
}

const CELLS = {
  kind: (row) => html`<${Kind} kind=${row.kind} />`,
  steering: (row) => label("steering", row.steering) || "–",
  areas: (row) => row.areas.map((one) => one.code).join(", ") || "–",
  status: (row, query) => html`<${Status} status=${row.status} overdue=${row.status === "on_hold" && isOverdue(row.review_on, query.as_of || today())} />`,
  last_decided_on: (row) => (row.last_outcome ? html`<${Outcome} outcome=${row.last_outcome} /> ${day(row.last_decided_on)}` : "–"),
  next_gate_on: (row) => day(nextGateOn(row)),
  review_on: (row) => day(row.review_on),
  weak_steps: (row) => row.weak_steps.map((step) => label("step", step)).join(", ") || "–",
  open_conditions: (row) => row.open_conditions || "–",
};

function amountColumns(key, { query, unit }) {
  if (ALONE.includes(key)) return [amountColumn(key, label("money.column", key), key.endsWith("_deviation"), { query, unit })];
  const type = typeOf(query);
  const types = type === "all" ? ["total", "capital", "operating"] : [type];
  return types.map((one) => amountColumn(fieldOf(key, one), titleOf(key, one), key === "deviation", { query, unit }));
}

function fieldOf(key, type) {
  if (key === "deviation" && type === "total") return "deviation";
  return `${key}_${type}`;
}

function titleOf(key, type) {
  const name = label("money.column", key);
  return type === "total" ? name : t("money.column.of_type", { name, type: label("type", type).toLowerCase() });
}

function amountColumn(key, title, isDeviation, { query, unit }) {
  const cell = isDeviation
    ? (row) => html`<${Deviation} amount=${row[key]} unit=${unit} undecided=${!row.isTotal && isUndecided(row)} ofYear=${Boolean(query.year)} />`
    : (row) => written(row[key], unit);
  return { key, title, number: true, cell, sort: (row) => (row[key] === null ? null : toOre(row[key])) };
}

/** Where nothing has been decided the whole forecast is a deviation, which is no overrun. */
export function isUndecided(row) {
  return row.count === undefined && ["decided_total", "decided_capital", "decided_operating"].every((key) => signOf(row[key]) === 0);
}

/** Sign and word, not colour alone. */
export function Deviation({ amount, unit, undecided, ofYear }) {
  if (amount === null || amount === undefined) return "–";
  const sign = signOf(amount);
  if (sign === 0) return html`<span class="soft">0</span>`;
  const word = undecided ? (ofYear ? t("money.deviation.undecided_year") : t("money.deviation.undecided"))
    : sign > 0 ? t("money.deviation.over") : t("money.deviation.under");
  const classes = `money-deviation${!undecided && sign > 0 ? " money-over" : ""}`;
  return html`<span class=${classes}><span class="money-word">${word}</span> ${signed(amount, unit)}</span>`;
}
