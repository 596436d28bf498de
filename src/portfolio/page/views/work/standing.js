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

/**
 * The rounds of the present visit to the gate: what was written after the decision that led there.
 *
 * What was loaded in one go has one time for all: then what was decided on before is former, and so is all
 * that a rework leads back to.
 */
export function roundsHere(rounds, decisions, gate, without = null) {
  const arrival = inForce(decisions, without).filter((one) => MOVING.has(one.outcome)).at(-1);
  const mine = rounds.filter((one) => one.gate === gate);
  if (!arrival) return mine;
  const { id, recorded_at: since } = rootOf(arrival, decisions);
  const decidedOn = Math.max(0, ...decisions.filter((one) => one.id <= id).map((one) => one.round ?? 0));
  const after = (one) => (one.created_at === since ? arrival.outcome !== "rework" : one.created_at > since);
  return mine.filter((one) => one.round > decidedOn && after(one));
}

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

/** Which outcomes can be thought of here; the server has the last word. */
export function outcomesHere({ position, last, decisions, status }) {
  const effective = inForce(decisions);
  const decided = effective.some((one) => ["pass", "amend"].includes(one.outcome));
  return ["pass",
    ...(decided || status === "reconsideration_required" ? ["amend"] : []),
    "hold",
    ...(position > 0 ? ["rework"] : []),
    "stop",
    ...(position < last && effective.every((one) => one.outcome === "skip") ? ["skip"] : [])];
}
