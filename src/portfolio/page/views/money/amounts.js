/* Amounts as finance writes them: one unit for the whole table, rounded from the exact öre. */

import { locale, toOre } from "../../kit/format.js";

export const UNITS = ["kr", "tkr", "mkr"];
const ORE_OF = { kr: 100n, tkr: 100_000n, mkr: 100_000_000n };
const DECIMALS = { kr: 0, tkr: 0, mkr: 1 };

/** The unit an address asks for, or the usual one of the table or picture. */
export function unitOf(query, usual = "tkr") {
  return UNITS.includes(query.unit) ? query.unit : usual;
}

/** "1250000.00" in mkr as the decimal text "1.3": halves away from zero, never through a float. */
export function inUnit(amount, unit) {
  const ore = toOre(amount);
  const tenth = 10n ** BigInt(DECIMALS[unit]);
  const size = ore < 0n ? -ore : ore;
  const whole = (2n * size * tenth + ORE_OF[unit]) / (2n * ORE_OF[unit]);
  const digits = String(whole).padStart(DECIMALS[unit] + 1, "0");
  const cut = digits.length - DECIMALS[unit];
  const text = DECIMALS[unit] ? `${digits.slice(0, cut)}.${digits.slice(cut)}` : digits;
  return ore < 0n && whole !== 0n ? `-${text}` : text;
}

/** The same as it is read: "1,3". Nothing known is a dash. */
export function written(amount, unit) {
  if (amount === null || amount === undefined) return "–";
  return formatter(unit, "auto").format(inUnit(amount, unit));
}

/** With its sign, also when it is more than nothing: "+24 000", "−500". */
export function signed(amount, unit) {
  const sign = signOf(amount);
  if (sign === 0) return "0";
  const size = written(amount, unit).replace(/^[-−]/, "");
  return `${sign > 0 ? "+" : "−"}${size}`;
}

/** 1, 0 or -1. */
export function signOf(amount) {
  const ore = toOre(amount);
  return ore > 0n ? 1 : ore < 0n ? -1 : 0;
}

function formatter(unit, signDisplay) {
  const digits = DECIMALS[unit];
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay });
}

/** How far along `whole` an amount reaches, in per cent: for drawing only. */
export function reach(ore, whole) {
  return whole > 0n ? Number((ore * 1_000_000n) / whole) / 10_000 : 0;
}
