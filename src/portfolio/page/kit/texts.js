/* What the page says, in the reader's language. Every text stands in `texts/`, in both. */

import { TEXTS } from "../texts/index.js";
import { lasting } from "./storage.js";
import { store } from "./store.js";

const KEPT = "portfolio.language";
const LANGUAGES = ["sv", "en"];

function firstLanguage() {
  const kept = lasting.get(KEPT);
  return LANGUAGES.includes(kept) ? kept : "sv";
}

export const language = store(firstLanguage());

export function setLanguage(code) {
  lasting.set(KEPT, code);
  language.set(code);
}

language.subscribe((code) => document.documentElement.setAttribute("lang", code));
document.documentElement.setAttribute("lang", language.get());

/**
 * The text of a key, with `{name}` replaced by `values.name`.
 *
 * With a number `values.n` and texts `key.one` and `key.other`, the one that fits. A key that
 * is not there is a mistake of ours and throws; a test finds every one.
 */
export function t(key, values = {}) {
  const text = pick(key, values)[LANGUAGES.indexOf(language.get())];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function pick(key, values) {
  const found = TEXTS[key] ?? TEXTS[`${key}.${values.n === 1 ? "one" : "other"}`];
  if (!found) throw new Error(`There is no text ${key}`);
  return found;
}

/**
 * What a code of the API is called: `label("status", "on_hold")` is the text `status.on_hold`.
 *
 * A code that the page does not know (a municipality's own gate) is shown as it is.
 */
export function label(group, code) {
  if (code === null || code === undefined) return "";
  return Object.hasOwn(TEXTS, `${group}.${code}`) ? t(`${group}.${code}`) : String(code);
}
