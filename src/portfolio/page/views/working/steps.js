/* The five steps of a round: as they stand in the form, as they are sent, and what they lack. */

import { amountFault, readAmount, readPercent, writtenAmount, writtenPercent } from "./amounts.js";

export const STEPS = ["strategy", "benefits", "market", "economy", "governance"];
export const VERDICTS = ["positive", "neutral", "negative", "not_assessed"];
export const CONFIDENCES = ["low", "medium", "high"];
export const PERSPECTIVES = ["environmental", "social", "economic"];
export const COMMITMENTS = ["none", "interest", "letter_of_intent", "contract"];
export const WEAK = new Set(["negative", "not_assessed"]);
const PLAN_FIELDS = ["accountable", "next_gate_on", "follow_up", "tolerance_percent"];

const filled = (text) => Boolean(text?.trim());

/** What the API has as what a form holds: every value a text. */
export function toForm(steps) {
  return Object.fromEntries(STEPS.map((name) => [name, stepToForm(name, steps[name])]));
}

function stepToForm(name, step) {
  const form = {
    verdict: step.verdict ?? "", reasoning: step.reasoning ?? "", confidence: step.confidence ?? "",
    evidence: [...(step.evidence ?? [])],
  };
  if (name === "strategy") form.goals = (step.goals ?? []).map((goal) => ({ code: goal.code, sign: String(goal.sign) }));
  if (name === "benefits") {
    form.perspectives = Object.fromEntries(PERSPECTIVES.map((one) => [one, step.perspectives?.[one] ?? ""]));
    form.benefits = (step.benefits ?? []).map((one) => ({ name: one.name, beneficiaries: one.beneficiaries ?? "", perspective: one.perspective ?? "" }));
  }
  if (name === "market") {
    form.partners = (step.partners ?? []).map((one) => ({ name: one.name, commitment: one.commitment ?? "none", amount: writtenAmount(one.amount) }));
  }
  if (name === "governance") form.plan = planToForm(step.plan ?? {});
  return form;
}

function planToForm(plan) {
  return {
    accountable: plan.accountable ?? "", next_gate_on: plan.next_gate_on ?? "", follow_up: plan.follow_up ?? "",
    tolerance_percent: writtenPercent(plan.tolerance_percent), requested_amount: writtenAmount(plan.requested_amount),
  };
}

// A row as it is added, before anything is written or chosen in it; and the field that names it.
const ROWS = {
  strategy: ["goals", "code", { code: "", sign: "1" }],
  benefits: ["benefits", "name", { name: "", beneficiaries: "", perspective: "" }],
  market: ["partners", "name", { name: "", commitment: "none", amount: "" }],
};
export const newRow = (step) => ({ ...ROWS[step][2] });
const isBlank = (row, made) => Object.keys(made).every((one) => row[one] === made[one] || !filled(row[one]));

/** The same without rows in which nothing is written or chosen. */
export function tidied(form) {
  return Object.fromEntries(STEPS.map((name) => {
    const [list, , made] = ROWS[name] ?? [];
    const step = evident(form[name]);
    return [name, list ? { ...step, [list]: step[list].filter((row) => !isBlank(row, made)) } : step];
  }));
}

/** Pointers of what names a row in which something else is written or chosen. */
export function unnamed(form) {
  return Object.entries(ROWS).flatMap(([step, [list, name, made]]) => form[step][list]
    .map((row, i) => (filled(row[name]) || isBlank(row, made) ? null : `/steps/${step}/${list}/${i}/${name}`)).filter(Boolean));
}

const evident = (step) => ({ ...step, evidence: step.evidence.filter(filled) });
const orNull = (text) => (text === "" ? null : text);

/** What is sent. What can't be read as a number stays as it is written, and is refused as such. */
export function toSteps(form) {
  return Object.fromEntries(STEPS.map((name) => {
    const { verdict, reasoning, confidence, evidence } = form[name];
    const common = { verdict: orNull(verdict), reasoning: orNull(reasoning), confidence: orNull(confidence), evidence };
    return [name, { ...common, ...OWN[name]?.(form[name]) }];
  }));
}

/** What the API has, in the very shape in which the form would send it: two such can be compared. */
export const asSent = (steps) => toSteps(toForm(steps));

const OWN = {
  strategy: (step) => ({ goals: step.goals.map((goal) => ({ code: goal.code, sign: Number(goal.sign) })) }),
  benefits: (step) => ({
    perspectives: Object.fromEntries(PERSPECTIVES.map((one) => [one, orNull(step.perspectives[one])])),
    benefits: step.benefits.map((one) => ({ ...one, perspective: orNull(one.perspective) })),
  }),
  market: (step) => ({ partners: step.partners.map((one) => ({ ...one, amount: orNull(readAmount(one.amount) ?? one.amount) })) }),
  governance: ({ plan }) => ({
    plan: {
      accountable: orNull(plan.accountable), next_gate_on: orNull(plan.next_gate_on), follow_up: orNull(plan.follow_up),
      tolerance_percent: orNull(readPercent(plan.tolerance_percent) ?? plan.tolerance_percent),
      requested_amount: orNull(readAmount(plan.requested_amount) ?? plan.requested_amount),
    },
  }),
};

/** `[pointer, fault]` of the figures that can't be read; the fault is a code of `work.unread`. */
export function unreadable(form) {
  const { plan } = form.governance;
  return [
    ...form.market.partners.map((one, i) => [`/steps/market/partners/${i}/amount`, amountFault(one.amount)]),
    ["/steps/governance/plan/tolerance_percent", readPercent(plan.tolerance_percent) === null ? "percent" : null],
    ["/steps/governance/plan/requested_amount", amountFault(plan.requested_amount)],
  ].filter(([, fault]) => fault);
}

/** Pointers of what a round lacks to be handed in (G2), as the server will see it. */
export function lacking(form, atLastGate) {
  const nameless = unnamed(form);
  return STEPS.flatMap((name) => [
    ...["verdict", "reasoning", "confidence"].filter((one) => !filled(form[name][one])).map((one) => `/steps/${name}/${one}`),
    ...(name === "benefits" ? lackingBenefits(form.benefits) : []),
    ...(name === "governance" && !atLastGate ? lackingPlan(form.governance.plan) : []),
    ...nameless.filter((one) => one.startsWith(`/steps/${name}/`)),
  ]);
}

function lackingBenefits({ verdict, perspectives, benefits }) {
  const unsaid = PERSPECTIVES.filter((one) => !perspectives[one]).map((one) => `/steps/benefits/perspectives/${one}`);
  const positive = [verdict, ...Object.values(perspectives)].includes("positive");
  const named = benefits.some((one) => filled(one.beneficiaries));
  return positive && !named ? [...unsaid, "/steps/benefits/benefits"] : unsaid;
}

const lackingPlan = (plan) => PLAN_FIELDS.filter((one) => !filled(plan[one])).map((one) => `/steps/governance/plan/${one}`);

/** The weak steps of a round, in their order (G5), and those that can outweigh (G6). */
export const weakSteps = (steps) => STEPS.filter((name) => WEAK.has(steps[name].verdict));
export const strongSteps = (steps) => STEPS.filter((name) => steps[name].verdict === "positive");
