/* The form of a decision: what it holds, what belongs to which outcome, and what is sent. Pure. */

import { readAmount } from "./amounts.js";
import { strongSteps, weakSteps } from "./steps.js";

export const EMPTY = {
  outcome: "", decided_by: "", decided_on: "", case_number: "", minutes_paragraph: "", reason: "",
  outweighings: {}, conditions: [], released_amount: "", hold_category: "", review_on: "", return_to: "", to_gate: "",
  decided_lines: [], lesson: "", benefit_result: "", supersedes: null,
  delegated: false, delegation: { point: "", official: "", reported_on: "" },
};

export const NEW_LINE = { year: "", type: "capital", direction: "expense", department: "", account: "", amount: "", price_level: "" };

/** `ground` is what it was begun on (`footprint`), `attempt` one to send it of which the effect is not known. */
export const EMPTY_DRAFT = { form: EMPTY, ground: null, attempt: null };

const COMMON = ["outcome", "decided_by", "decided_on", "case_number", "reason"];
const OWN = {
  hold: ["hold_category", "review_on"], rework: ["return_to"], skip: ["to_gate"],
};
const filled = (text) => Boolean(String(text ?? "").trim());

/** The weak steps that a pass must outweigh: none at the last gate, where G5 does not hold. */
export function toOutweigh(outcome, steps, atLastGate) {
  return outcome === "pass" && steps && !atLastGate ? weakSteps(steps) : [];
}

/** Whether a pass is out of the question: a weak step, and no strong one to outweigh it (G6). */
export function cannotPass(outcome, steps, atLastGate) {
  return toOutweigh(outcome, steps, atLastGate).length > 0 && strongSteps(steps).length === 0;
}

/** Rows in which nothing is written are taken away before anything is sent or refused. */
export function tidied(form) {
  return {
    ...form,
    conditions: form.conditions.filter((one) => filled(one.text) || filled(one.owner) || filled(one.due_on)),
    decided_lines: form.decided_lines.filter((one) => filled(one.year) || filled(one.amount) || filled(one.account)),
  };
}

/** Pointers of what must be filled in and is not, for this outcome. */
export function lacking(form, { steps, atLastGate }) {
  const needed = [...COMMON, ...(OWN[form.outcome] ?? []), ...(form.outcome === "pass" && atLastGate ? ["benefit_result"] : [])];
  return [
    ...needed.filter((name) => !filled(form[name])).map((name) => `/${name}`),
    ...(form.delegated ? ["point", "official"].filter((name) => !filled(form.delegation[name])).map((name) => `/delegation/${name}`) : []),
    ...(cannotPass(form.outcome, steps, atLastGate) ? [] : toOutweigh(form.outcome, steps, atLastGate)).flatMap((weak) => lackingOutweighing(weak, outweighing(form, steps, weak))),
    ...(onARound(form) ? rows(form, "conditions", ["text", "owner"]) : []),
    ...(form.outcome === "skip" ? rows(form, "decided_lines", ["year", "department", "amount"]) : []),
  ];
}

const onARound = (form) => ["pass", "amend"].includes(form.outcome);

function rows(form, list, names) {
  return form[list].flatMap((row, i) => names.filter((name) => !filled(row[name])).map((name) => `/${list}/${i}/${name}`));
}

/** Only what is positive in this very round can outweigh (G6), whatever was ticked in an older one. */
export function outweighing(form, steps, weak) {
  const { strong = [], reason = "" } = form.outweighings[weak] ?? {};
  return { weak, strong: strongSteps(steps).filter((name) => strong.includes(name)), reason };
}

function lackingOutweighing(weak, given) {
  return [
    ...(given.strong.length ? [] : [`/outweighings/${weak}/strong`]),
    ...(filled(given.reason) ? [] : [`/outweighings/${weak}/reason`]),
  ];
}

/** Pointers of amounts and years that can't be read. */
export function unreadable(form) {
  return [
    ...(onARound(form) && readAmount(form.released_amount) === null ? ["/released_amount"] : []),
    ...(form.outcome === "skip" ? form.decided_lines.flatMap((line, i) => [
      ...(filled(line.amount) && readAmount(line.amount) === null ? [`/decided_lines/${i}/amount`] : []),
      ...(filled(line.year) && !/^\d{4}$/.test(line.year.trim()) ? [`/decided_lines/${i}/year`] : []),
      ...(filled(line.price_level) && !/^(19|20|21)\d\d$/.test(line.price_level.trim()) ? [`/decided_lines/${i}/price_level`] : []),
    ]) : []),
  ];
}

/** The body that is sent: only what goes with the outcome. */
export function toBody(form, { gate, round, steps, atLastGate, supersedes }) {
  return {
    gate, outcome: form.outcome, decided_by: form.decided_by, decided_on: form.decided_on,
    case_number: form.case_number.trim(), reason: form.reason,
    ...(filled(form.minutes_paragraph) && { minutes_paragraph: form.minutes_paragraph }),
    ...OF_OUTCOME[form.outcome]?.(form, { steps, atLastGate }),
    ...(form.delegated && { delegation: delegation(form.delegation) }),
    ...(supersedes && { supersedes }),
    ...(onARound(form) && round && { round: round.round }),
  };
}

function delegation({ point, official, reported_on: reported }) {
  return { point, official, ...(filled(reported) && { reported_on: reported }) };
}

const OF_OUTCOME = {
  pass: (form, here) => ({
    ...decidedOnARound(form),
    outweighings: toOutweigh("pass", here.steps, here.atLastGate).map((weak) => outweighing(form, here.steps, weak)),
    ...(here.atLastGate && { benefit_result: form.benefit_result }),
  }),
  amend: decidedOnARound,
  hold: (form) => ({ hold_category: form.hold_category, review_on: form.review_on }),
  rework: (form) => ({ return_to: form.return_to }),
  stop: (form) => (filled(form.lesson) ? { lesson: form.lesson } : {}),
  skip: (form) => ({ to_gate: form.to_gate, decided_lines: form.decided_lines.map(toLine) }),
};

function decidedOnARound(form) {
  const released = readAmount(form.released_amount);
  return {
    conditions: form.conditions.map(({ text, owner, due_on: due }) => ({ text, owner, ...(filled(due) && { due_on: due }) })),
    ...(released && { released_amount: released }),
  };
}

function toLine({ year, account, amount, price_level: level, ...line }) {
  return {
    ...line, year: Number(year), amount: readAmount(amount),
    ...(filled(account) && { account: account.trim() }), ...(filled(level) && { price_level: level.trim() }),
  };
}

/** The API counts outweighings; the form knows them by their weak step. */
export function asShown(fields, body) {
  return Object.fromEntries(Object.entries(fields).map(([pointer, detail]) => [
    pointer.replace(/^\/outweighings\/(\d+)/, (_, i) => `/outweighings/${body.outweighings[i].weak}`), detail]));
}
