/* What a decision is made on, and whether that is still what the registrar has seen. Pure. */

import { lastPosition, positionOf, realisationPosition } from "./loading.js";
import { inForce, roundsHere, submittedOf } from "./standing.js";

/** What is decided on: at the gate of the superseded decision as if it were not there, else here. */
export function groundFor({ investment, template, rounds, decisions }, superseded) {
  const gate = superseded?.gate ?? investment.gate;
  const position = positionOf(template, gate);
  const last = lastPosition(template);
  const round = submittedOf(roundsHere(rounds, decisions, gate, superseded?.id));
  return {
    gate, position, last, round, steps: round?.steps ?? null, supersedes: superseded?.id ?? null,
    atLastGate: position === last, pastStart: position >= realisationPosition(template),
  };
}

export const latestOf = (decisions) => inForce(decisions).at(-1) ?? null;

/** By what a draft knows what it was written on: `{gate, latest, round}`. */
export function footprint({ investment, rounds, decisions }) {
  return { gate: investment.gate, latest: latestOf(decisions)?.id ?? null, round: submittedOf(rounds)?.round ?? null };
}

/** Whether something has been decided or handed in since a draft was begun; one without a footprint has seen it all. */
export function hasMoved(seen, now) {
  return Boolean(seen) && Object.keys(now).some((name) => seen[name] !== now[name]);
}

const TOLD_BY = ["gate", "outcome", "decided_by", "decided_on", "case_number"];

/** The decision that an attempt made, though its answer was lost; or null. */
export function madeBy(attempt, decisions) {
  if (!attempt) return null;
  const body = JSON.parse(attempt.sent);
  return decisions.find((one) => one.id > attempt.after && TOLD_BY.every((name) => one[name] === body[name])) ?? null;
}
