/* Numbers, money and days as they are written in the reader's language. */

import { language } from "./texts.js";

const LOCALES = { sv: "sv-SE", en: "en-GB" };
const ORE = 100n;

/** The locale of the language that is read. */
export function locale() {
  return LOCALES[language.get()];
}

/** "-1250000.5" in öre, exactly: -125000050n. */
export function toOre(amount) {
  const [, sign, whole, part = ""] = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(amount);
  const ore = BigInt(whole) * ORE + BigInt(part.padEnd(2, "0"));
  return sign ? -ore : ore;
}

/** The other way: -125000050n is "-1250000.50". */
export function fromOre(ore) {
  const size = ore < 0n ? -ore : ore;
  return `${ore < 0n ? "-" : ""}${size / ORE}.${String(size % ORE).padStart(2, "0")}`;
}

/** The exact sum of amounts (texts). */
export function sum(amounts) {
  return fromOre(amounts.reduce((total, amount) => total + toOre(amount), 0n));
}

/** An amount in whole kronor: "1 250 000 kr". null is a dash. */
export function sek(amount) {
  if (amount === null || amount === undefined) return "–";
  // The text itself, not a number: large amounts keep their last krona.
  return new Intl.NumberFormat(locale(), {
    style: "currency", currency: "SEK", currencyDisplay: "narrowSymbol", maximumFractionDigits: 0, signDisplay: "negative",
  }).format(amount);
}

/** A large amount to be read in passing: "209 mn kr", "9,8 mn kr", "650 tn kr". */
export function sekShort(amount) {
  if (amount === null || amount === undefined) return "–";
  const size = Math.abs(Number(amount));
  const [thousands, inSwedish, inEnglish] = UNITS.find(([power, , , from]) => !(size < (from ?? ROLLS_OVER * 1000 ** power)));
  const digits = thousands > 0 && size / 1000 ** thousands < 99.95 ? 1 : 0;
  return `${number(scaled(amount, thousands), digits)}\u00a0${language.get() === "sv" ? inSwedish : inEnglish}`;
}

// Thousand thousands are a million also when they are only so when rounded.
const ROLLS_OVER = 0.9995;
// How many thousands are multiplied, what that is called in Swedish and in English, and from where it is used.
const UNITS = [[3, "mdkr", "bn SEK"], [2, "mkr", "m SEK"], [1, "tkr", "k SEK", 1e4], [0, "kr", "SEK", 0]];

/** An amount in thousands, millions and so on; a text stays exact. */
function scaled(amount, thousands) {
  return typeof amount === "string" ? `${amount}e-${3 * thousands}` : amount / 1000 ** thousands;
}

/** 1234.5 as "1 234,5"; at most `digits` decimals. null is a dash. */
export function number(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits, signDisplay: "negative" }).format(value);
}

/** 0.584895 as "58 %". */
export function percent(share, digits = 0) {
  if (share === null || share === undefined) return "–";
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: digits, signDisplay: "negative" }).format(share);
}

/** "2026-05-20" as "20 maj 2026". */
export function day(text) {
  if (!text) return "–";
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${text}T00:00:00Z`));
}

/** "2026-11-22" as "22 november 2026". */
export function dayLong(text) {
  if (!text) return "–";
  return new Intl.DateTimeFormat(locale(), { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${text}T00:00:00Z`));
}

/** "2026-11-22T09:47:20Z" as day and time in Sweden. */
export function moment(text) {
  if (!text) return "–";
  return new Intl.DateTimeFormat(locale(), {
    dateStyle: "medium", timeStyle: "short", timeZone: "Europe/Stockholm",
  }).format(new Date(text));
}

/** The day in Sweden of "2026-06-30T22:30:00Z": "2026-07-01". */
export function dayOfMoment(text) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Stockholm" }).format(new Date(text));
}

/** Today in Sweden: "2026-11-22". */
export function today() {
  return dayOfMoment(Date.now());
}

// Names are Swedish whatever the page speaks: å ä ö stand last.
const swedish = new Intl.Collator("sv", { numeric: true });

/** Whether a text is a day of the calendar: an address may say anything, also 31 June. */
export function isDay(text) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** A comparison for sorting: å ä ö last, 2 before 10, nothing after something. */
export function compare(a, b) {
  if (a === b) return 0;
  if (a === null || a === undefined || a === "") return 1;
  if (b === null || b === undefined || b === "") return -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : 1;
  return swedish.compare(String(a), String(b));
}
