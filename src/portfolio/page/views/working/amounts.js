/* Amounts and percentages as people write them, and exactly as the API takes them. */

import { locale } from "../../kit/format.js";
import { language } from "../../kit/texts.js";

const SPACES = /[\s\u00a0\u202f\u2009]/g;
const CURRENCY = /(kr|sek|:-)\.?$/i;
const PLAIN = /^\d{1,13}([.,]\d{1,2})?$/;
// More than one separator tells which of them divides thousands; "1,250" alone does not.
const GROUPED = /^(\d{1,3})((?:\.\d{3})+(?:,\d{1,2})?|(?:,\d{3})+(?:\.\d{1,2})?)$/;

/** "1 250 000,50 kr" as "1250000.50"; "" of nothing; null where it can't be told what is meant. */
export function readAmount(text) {
  const written = text.replace(SPACES, "").replace(CURRENCY, "");
  if (!written) return "";
  if (PLAIN.test(written)) return exact(...written.split(/[.,]/));
  const separators = new Set(written.replace(/\d/g, ""));
  if (!GROUPED.test(written) || (separators.size < 2 && written.split(/[.,]/).length < 3)) return null;
  const decimals = separators.size === 2 ? written.split(/[.,]/).at(-1) : "";
  const whole = written.slice(0, decimals ? -decimals.length - 1 : undefined).replace(/[.,]/g, "");
  return whole.length > 13 ? null : exact(whole, decimals);
}

/** Why an amount can't be read: a code of `work.unread`; null of one that can. */
export function amountFault(text) {
  if (readAmount(text) !== null) return null;
  const written = text.replace(SPACES, "").replace(CURRENCY, "");
  if (/^[-−–]\d/.test(written)) return "negative";
  if (/^\d{14,}([.,]\d{1,2})?$/.test(written) || written.replace(/\D/g, "").length > 15) return "long";
  return /^\d+[.,]\d+$/.test(written) ? "ambiguous" : "figure";
}

function exact(whole, decimals = "") {
  return `${whole.replace(/^0+(?=\d)/, "")}.${decimals.padEnd(2, "0")}`;
}

/** "1250000.50" as it is written in a field: "1 250 000,50"; whole kronor without öre. */
export function writtenAmount(amount) {
  if (!amount) return "";
  const [whole, decimals = ""] = amount.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  const mark = language.get() === "sv" ? "," : ".";
  return /^0*$/.test(decimals) ? grouped : `${grouped}${mark}${decimals.padEnd(2, "0")}`;
}

/** An amount to its last öre: "1 250 000,50 kr", but "1 250 000 kr". null is a dash. */
export function sekExactly(amount) {
  if (amount === null || amount === undefined) return "–";
  const digits = /\.0*[1-9]/.test(amount) ? 2 : 0;
  return new Intl.NumberFormat(locale(), {
    style: "currency", currency: "SEK", currencyDisplay: "narrowSymbol", minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "negative",
  }).format(amount);
}

/** "10,5" or "10 %" as 10.5; "" of nothing; null of what is no number. */
export function readPercent(text) {
  const written = text.replace(SPACES, "").replace(/%$/, "").replace(",", ".");
  if (!written) return "";
  return /^\d+(\.\d+)?$/.test(written) ? Number(written) : null;
}

export function writtenPercent(value) {
  if (value === null || value === undefined) return "";
  return language.get() === "sv" ? String(value).replace(".", ",") : String(value);
}
