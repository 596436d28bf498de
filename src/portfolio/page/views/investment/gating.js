/* What follows from an investment's rounds and decisions. Pure. */

export const STEPS = ["strategy", "benefits", "market", "economy", "governance"];

/** Decisions that still hold, oldest first. */
export function standing(decisions) {
  return decisions.filter((one) => one.superseded_by === null);
}

export function latest(decisions) {
  return standing(decisions).at(-1) ?? null;
}

/** The decision that still holds at each gate that was passed or skipped, as a map from gate to decision. */
export function passedBy(decisions) {
  const passes = standing(decisions).filter((one) => ["pass", "skip"].includes(one.outcome));
  return new Map(passes.map((one) => [one.gate, one]));
}

/** `passed`, `here` or `ahead` for each gate. */
export function wayThrough(gates, at, status) {
  const here = gates.findIndex((gate) => gate.code === at);
  return gates.map((gate, i) => ({
    gate,
    where: i < here || (i === here && status === "completed") ? "passed" : i === here ? "here" : "ahead",
  }));
}

/** Conditions not yet met of decisions that hold, the soonest first. */
export function openConditions(decisions) {
  return standing(decisions)
    .flatMap((decision) => decision.conditions.map((condition) => ({ ...condition, decision })))
    .filter((condition) => condition.met_on === null)
    .sort((a, b) => (a.due_on ?? "9999").localeCompare(b.due_on ?? "9999"));
}

/** The step of a round, also where a draft says nothing of it yet. */
export function stepOf(round, step) {
  return round.steps?.[step] ?? { verdict: "not_assessed", reasoning: "", confidence: null, evidence: [] };
}

/** What outweighs a step in the decision on a round: names of steps, or none. */
export function outweighedBy(decision, step) {
  const found = decision?.outweighings.find((one) => one.weak === step);
  return found ? found.strong : [];
}

/** The decision that was taken on a round: the one that holds, or else the last that did not. */
export function decisionOn(decisions, round) {
  const on = decisions.filter((one) => one.round === round);
  return on.find((one) => one.superseded_by === null) ?? on.at(-1) ?? null;
}

/** Only what a browser may be sent to; everything else is text. */
export function isLink(evidence) {
  return /^https?:\/\/\S+$/i.test(evidence);
}

/** The plan of the newest submitted round, or null. */
export function presentPlan(rounds) {
  const submitted = rounds.filter((round) => round.status === "submitted");
  return submitted.at(-1)?.steps?.governance?.plan ?? null;
}
