/* Where an investment stands, as far as its lists of rounds and decisions tell. Pure. */

const MOVING = new Set(["pass", "rework", "skip"]);
const LEVELS = ["official", "committee", "executive_board", "council"];

/** The decisions in force, in their order; `without` counts as superseded. */
export function inForce(decisions, without = null) {
  const replaced = new Set([without, ...decisions.map((one) => one.supersedes)]);
  return decisions.filter((one) => !replaced.has(one.id));
}

/** The first version of a decision that has been superseded, perhaps more than once. */
function rootOf(decision, decisions) {
  const former = decision.supersedes && decisions.find((one) => one.id === decision.supersedes);
  return former ? rootOf(former, decisions) : decision;
}

/** The decision that led to the present visit to the gate, in its first version; null at the first gate. */
function arrivalOf(decisions, without) {
  const last = inForce(decisions, without).filter((one) => MOVING.has(one.outcome)).at(-1);
  if (!last) return null;
  const { id, recorded_at: since } = rootOf(last, decisions);
  return { id, isBefore: (at) => (at === since ? last.outcome !== "rework" : at > since) };
}

/**
 * The rounds of the present visit to the gate: what was written after the decision that led there.
 *
 * What was loaded in one go has one time for all: then what was decided on before is former, and so is all
 * that a rework leads back to.
 */
export function roundsHere(rounds, decisions, gate, without = null) {
  const arrival = arrivalOf(decisions, without);
  const mine = rounds.filter((one) => one.gate === gate);
  if (!arrival) return mine;
  const decidedOn = Math.max(0, ...decisions.filter((one) => one.id <= arrival.id).map((one) => one.round ?? 0));
  return mine.filter((one) => one.round > decidedOn && arrival.isBefore(one.created_at));
}

/** The latest recommendation of the present visit to the gate, or null. */
export function recommendationOf(recommendations, decisions, gate, without = null) {
  const arrival = arrivalOf(decisions, without);
  return recommendations.findLast((one) => one.gate === gate && (!arrival || arrival.isBefore(one.recorded_at))) ?? null;
}

/** Whether a decision in force was made on the round: then it waits for none. */
export const isDecidedOn = (round, decisions) => inForce(decisions).some((one) => one.round === round.round);

export const draftOf = (rounds) => rounds.findLast((one) => one.status === "draft") ?? null;
export const submittedOf = (rounds) => rounds.findLast((one) => one.status === "submitted") ?? null;

/** The least level that an amount takes on a day (G12), or null. `above` are decimal texts. */
export function leastLevel(levels, ore, on, toOre) {
  const newest = {};
  for (const rule of [...levels].sort((a, b) => (a.valid_from < b.valid_from ? -1 : 1))) {
    if (rule.valid_from <= on) newest[rule.level] = rule;
  }
  const asked = Object.values(newest).filter((rule) => ore > toOre(rule.above)).map((rule) => rule.level);
  return asked.sort((a, b) => LEVELS.indexOf(b) - LEVELS.indexOf(a))[0] ?? null;
}

export const isHigher = (level, other) => LEVELS.indexOf(level) > LEVELS.indexOf(other);

/** Which outcomes can be thought of here, without a superseded decision; the server has the last word. */
export function outcomesHere({ position, last, decisions, status, without = null }) {
  const effective = inForce(decisions, without);
  // A skip may have brought plan lines, and then they are decided.
  const decided = effective.some((one) => ["pass", "amend", "skip"].includes(one.outcome));
  return ["pass",
    ...(decided || status === "reconsideration_required" ? ["amend"] : []),
    "hold",
    ...(position > 0 ? ["rework"] : []),
    "stop",
    ...(position < last && effective.every((one) => one.outcome === "skip") ? ["skip"] : [])];
}
