/* Which bodies a key may register for, and which one decides here (S1, S2, G12). Pure. */

import { toOre } from "../../kit/format.js";
import { isHigher, leastLevel, recommendationOf } from "./standing.js";

/** The bodies whose decisions the caller registers. */
export function bodiesOf(me, { bodies, departments, investment }) {
  if (me.role === "department") {
    const committee = departments.find((one) => one.code === investment.department)?.committee;
    return bodies.filter((body) => body.code === committee || body.level === "official");
  }
  return me.bodies.length ? bodies.filter((body) => me.bodies.includes(body.code)) : bodies;
}

/** Whether the department's committee decides at the gate that is decided on (S2). */
export function isCommitteeHere({ program, row }, ground) {
  return (row?.steering ?? program.steering) === "partial" && ground.pastStart;
}

/** Whether the caller may ever register here: a department only where its committee decides. */
export function mayRegister(me, known, grounds) {
  return me.role !== "department" || grounds.some((ground) => isCommitteeHere(known, ground));
}

/**
 * `{body, partial, level}`: the body whose turn it is, whether as the committee of the department, and the
 * least level that the amount takes where that is higher than the body (null where it is not).
 */
export function whoDecides(known, ground, on) {
  const { program, bodies, departments, investment, levels } = known;
  const { round } = ground;
  const partial = isCommitteeHere(known, ground);
  const committee = departments.find((one) => one.code === investment.department)?.committee;
  const body = bodies.find((one) => one.code === (partial ? committee : program.deciding_body)) ?? null;
  const gross = round?.frozen?.gross_expense;
  const asked = gross ? leastLevel(levels, toOre(gross), on, toOre) : null;
  return { body, partial, level: asked && body && isHigher(asked, body.level) ? asked : null, gross };
}

/** A committee's pass needs the program group's word first (S2): the latest at this gate, or null. */
export function recommendationHere({ recommendations, decisions }, ground) {
  return recommendationOf(recommendations, decisions, ground.gate, ground.supersedes);
}
