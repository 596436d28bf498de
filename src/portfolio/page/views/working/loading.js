/* What the forms need to know about an investment, asked for at once. */

import { get, getAll, path, query } from "../../kit/api.js";
import { gateName as nameOf } from "../../parts/standing.js";

/** The investment with its gates, rounds and decisions; `template` is null outside every program. */
export async function loadInvestment(code, options) {
  const investment = await get(path`/v1/investments/${code}`, options);
  // The version that it began with, though its program may have a newer one by now.
  const kept = investment.gate_template;
  const program = investment.program ? await get(path`/v1/programs/${investment.program}`, options) : null;
  const [template, rounds, decisions] = await Promise.all([
    kept && get(path`/v1/gate-templates/${kept.code}` + query({ version: kept.version }), options),
    getAll(path`/v1/investments/${code}/assessments`, options),
    getAll(path`/v1/investments/${code}/decisions`, options),
  ]);
  return { investment, program, template, rounds, decisions };
}

/** Its row of the gate status: money decided and released, and the steering that holds for it. */
export async function loadStatusRow(investment, options) {
  const { code, program, department, gate, status, kind } = investment;
  const rows = await getAll(`/v1/gate-status${query({ program, department, gate, status, kind })}`, options);
  return rows.find((row) => row.investment === code) ?? null;
}

export function gateName(template, code) {
  return nameOf(code, template?.gates);
}

export function positionOf(template, code) {
  return template?.gates.find((gate) => gate.code === code)?.position ?? -1;
}

export const lastPosition = (template) => Math.max(...template.gates.map((gate) => gate.position));
export const realisationPosition = (template) => template.gates.find((gate) => gate.realisation)?.position ?? 0;

/** Whether a key may write in what belongs to the investment at all: a department in its own only. */
export function isOwn(me, investment) {
  return me.role !== "department" || me.department === investment.department;
}
