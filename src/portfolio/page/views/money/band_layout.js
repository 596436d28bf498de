/* Where everything of the rubber band lies on one axis of money. Pure. */

import { fromOre, toOre } from "../../kit/format.js";
import { reach } from "./amounts.js";

/**
 * Two tracks from 0 to `whole`: what there is, and what is missing. Both begin with what each department covers of its
 * own, in the same order and of the same length, so that it lies straight below itself. What is left of both begins
 * at `partial`; the band reaches from there to `full`; beyond it one of the two goes on alone.
 *
 * A piece is `{department, amount, from, width, own}`, in per cent of `whole`.
 */
export function layOut(part) {
  const departments = part.by_department.map((one) => ({
    code: one.department, slack: toOre(one.slack), short: toOre(one.short), own: toOre(one.covered),
  }));
  const [slack, short] = [toOre(part.slack), toOre(part.short)];
  const whole = slack > short ? slack : short;
  return {
    slack: track(departments, "slack", whole),
    short: track(departments, "short", whole),
    partial: reach(toOre(part.covered_partial), whole),
    full: reach(toOre(part.covered_full), whole),
    slackEnd: reach(slack, whole),
    shortEnd: reach(short, whole),
    left: fromOre(slack - toOre(part.covered_full)),
  };
}

function track(departments, key, whole) {
  const own = departments.map((one) => ({ department: one.code, ore: one.own, own: true }));
  const rest = departments.map((one) => ({ department: one.code, ore: one[key] - one.own, own: false }));
  let at = 0n;
  return [...own, ...rest].filter((piece) => piece.ore > 0n).map((piece) => {
    const from = at;
    at += piece.ore;
    return { department: piece.department, own: piece.own, amount: fromOre(piece.ore), from: reach(from, whole), width: reach(piece.ore, whole) };
  });
}

/** The outline of a band from `from` to `to` of 1000 by 100, drawn in at the waist as what is stretched is. */
export function outline(from, to) {
  const [left, right] = [from * 10, to * 10];
  const waist = (right - left) * 0.14;
  return `M${left},0 C${left + waist},30 ${left + waist},70 ${left},100 L${right},100 C${right - waist},70 ${right - waist},30 ${right},0 Z`;
}

/** The strands of it, between its sides. */
export function strands(from, to, count) {
  const [left, right] = [from * 10, to * 10];
  return Array.from({ length: count }, (_, i) => {
    const share = (i + 1) / (count + 1);
    const x = left + (right - left) * share;
    const pull = (right - left) * 0.14 * (1 - 2 * share);
    return `M${x},0 C${x + pull},30 ${x + pull},70 ${x},100`;
  });
}
