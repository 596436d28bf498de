/* What waits for whom, told from the gate status alone. Pure. */

import { toOre } from "../../kit/format.js";
import { isHigher, leastLevel } from "./standing.js";

const SOON_DAYS = 60;
const DAY_MS = 86_400_000;

export function daysUntil(day, today) {
  return Math.round((Date.parse(day) - Date.parse(today)) / DAY_MS);
}

/** "late", "soon", or null: how near a day is. */
export function nearness(day, today, soon = SOON_DAYS) {
  if (!day) return null;
  const left = daysUntil(day, today);
  return left < 0 ? "late" : left <= soon ? "soon" : null;
}

const URGENT = ["reconsideration_required", "preparing"];
const byUrgency = (a, b) => URGENT.indexOf(a.status) - URGENT.indexOf(b.status) || byDay("next_gate_on")(a, b);
const byDay = (name) => (a, b) => ((a[name] ?? "9999") < (b[name] ?? "9999") ? -1 : 1);

/**
 * The rows of the gate status in the groups of work: what is to be assessed, what is on hold beyond its
 * review, what waits for a decision, what has conditions left.
 */
export function grouped(rows, me, { today, decides }) {
  const own = (row) => me.role !== "department" || row.department === me.department;
  const mine = rows.filter((row) => row.gate && own(row));
  return {
    assess: mine.filter((row) => URGENT.includes(row.status)).sort(byUrgency),
    held: mine.filter((row) => row.status === "on_hold" && nearness(row.review_on, today, 30)).sort(byDay("review_on")),
    submitted: mine.filter((row) => row.status === "submitted").sort(byDay("next_gate_on")),
    decide: mine.filter((row) => row.status === "submitted" && decides(row)).sort(byDay("next_gate_on")),
    conditions: mine.filter((row) => row.open_conditions > 0),
  };
}

/** Whether the department's committee decides on a row, after the program group's word (S2). */
export function isCommittees(row, { programs, templates }) {
  const program = programs.find((one) => one.code === row.program);
  const template = templates.find((one) => one.code === program?.gate_template);
  const realisation = template?.gates.find((gate) => gate.realisation)?.position ?? 0;
  return row.steering === "partial" && row.gate_position >= realisation;
}

/** Which body decides on a row (S1, S2); the amount may take it higher, which the form tells. */
export function deciderOf(row, known) {
  const { programs, departments } = known;
  const program = programs.find((one) => one.code === row.program);
  return isCommittees(row, known) ? departments.find((one) => one.code === row.department)?.committee ?? null : program?.deciding_body ?? null;
}

/** The level that the amount takes where the body is below it (G12), or null; of the net, which is the least that it is about. */
export function raisedLevel(row, known, on) {
  const body = known.bodies.find((one) => one.code === deciderOf(row, known));
  const asked = leastLevel(known.levels, toOre(row.forecast_total), on, toOre);
  return asked && body && isHigher(asked, body.level) ? asked : null;
}

/** Whether it is for the caller to register what is decided on a row: its body's, or one's that the amount takes. */
export function isFor(me, row, known, on) {
  const body = deciderOf(row, known);
  if (me.role !== "department") {
    const raised = raisedLevel(row, known, on);
    const mine = known.bodies.filter((one) => me.bodies.includes(one.code));
    return !me.bodies.length || mine.some((one) => one.code === body || (raised && !isHigher(raised, one.level)));
  }
  return row.department === me.department && known.departments.some((one) => one.code === me.department && one.committee === body);
}
