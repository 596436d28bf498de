/* Amounts by year, exactly. Pure. */

import { fromOre, toOre } from "../../kit/format.js";

export const SERIES = ["decided", "forecast", "outcome"];
export const TYPES = ["capital", "operating"];

/** The lines of a series at today's prices where they could be converted. */
export function linesOf(series) {
  return (series?.at_current_level ?? series)?.lines ?? [];
}

/** Expense less income of one type by year: `{2027: "9800000.00"}`. */
export function byYear(lines, type) {
  const years = {};
  for (const line of lines.filter((one) => one.type === type)) {
    const amount = toOre(line.amount);
    years[line.year] = (years[line.year] ?? 0n) + (line.direction === "income" ? -amount : amount);
  }
  return Object.fromEntries(Object.entries(years).map(([year, ore]) => [year, fromOre(ore)]));
}

/** `[{year, decided, forecast, outcome}]` without a gap between the first and last year; null where nothing is. */
export function yearRows(plan, type) {
  const series = SERIES.map((name) => byYear(linesOf(plan[name]), type));
  const years = series.flatMap((one) => Object.keys(one)).map(Number);
  if (!years.length) return [];
  const first = Math.min(...years);
  return Array.from({ length: Math.max(...years) - first + 1 }, (_, i) => ({
    year: first + i,
    ...Object.fromEntries(SERIES.map((name, at) => [name, series[at][first + i] ?? null])),
  }));
}

export function less(amount, other) {
  return fromOre(toOre(amount) - toOre(other));
}

/** The share of what is decided by which the forecast is above or below it, or null when nothing is decided. */
export function deviationShare(deviation, decided) {
  // Of a decided net income the share is taken of its size: more than it is still more.
  return toOre(decided) === 0n ? null : Number(toOre(deviation)) / Math.abs(Number(toOre(decided)));
}
