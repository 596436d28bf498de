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
  return new Intl.NumberFormat(locale(), {
    style: "currency", currency: "SEK", currencyDisplay: "narrowSymbol", maximumFractionDigits: 0,
  }).format(Number(amount));
}

/** A large amount to be read in passing: "209 mn kr", "9,8 mn kr", "650 tn kr". */
export function sekShort(amount) {
  if (amount === null || amount === undefined) return "–";
  const kronor = Number(amount);
  const [size, unit] = unitOf(Math.abs(kronor));
  const digits = size > 1 && Math.abs(kronor / size) < 100 ? 1 : 0;
  return `${number(kronor / size, digits)}\u00a0${unit}`;
}

function unitOf(kronor) {
  const swedish = language.get() === "sv";
  if (kronor >= 1e9) return [1e9, swedish ? "mdkr" : "bn SEK"];
  if (kronor >= 1e6) return [1e6, swedish ? "mkr" : "m SEK"];
  if (kronor >= 1e4) return [1e3, swedish ? "tkr" : "k SEK"];
  return [1, swedish ? "kr" : "SEK"];
}

/** 1234.5 as "1 234,5"; at most `digits` decimals. null is a dash. */
export function number(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

/** 0.584895 as "58 %". */
export function percent(share, digits = 0) {
  if (share === null || share === undefined) return "–";
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: digits }).format(share);
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

/** Today in Sweden: "2026-11-22". */
export function today() {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Stockholm" }).format(new Date());
}

/** A comparison for sorting: å ä ö last, 2 before 10, nothing after something. */
export function compare(a, b) {
  if (a === b) return 0;
  if (a === null || a === undefined || a === "") return 1;
  if (b === null || b === undefined || b === "") return -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : 1;
  return String(a).localeCompare(String(b), locale(), { numeric: true });
}
