/* JSON pointers: one way to name a field, in the form, in the answers of the API, and on the page. */

import { label } from "../../kit/texts.js";

const parts = (pointer) => pointer.split("/").slice(1);

export function valueAt(whole, pointer) {
  return parts(pointer).reduce((found, name) => found?.[name], whole);
}

/** A copy with another value at the pointer. */
export function withValue(whole, pointer, value) {
  const [name, ...rest] = parts(pointer);
  const inner = rest.length ? withValue(whole[name], `/${rest.join("/")}`, value) : value;
  return Array.isArray(whole)
    ? whole.map((one, i) => (i === Number(name) ? inner : one))
    : { ...whole, [name]: inner };
}

/** What a field is called: "Marknad: samverkansparter 1, belopp". */
export function fieldName(pointer) {
  const names = parts(pointer);
  const inStep = names[0] === "steps";
  const rest = (inStep ? names.slice(2) : names).map((name) => (/^\d+$/.test(name) ? String(Number(name) + 1) : label("work.field", name)));
  const spoken = rest.join(", ").replace(/, (\d+)/g, " $1");
  if (!inStep) return spoken;
  return [label("step", names[1]), spoken].filter(Boolean).join(": ");
}

/** Takes the reader to a field, or to the nearest thing around it that is on the page. */
export function goTo(pointer) {
  const names = parts(pointer);
  for (let depth = names.length; depth > 0; depth -= 1) {
    const place = document.querySelector(`[data-pointer="${CSS.escape(`/${names.slice(0, depth).join("/")}`)}"]`);
    if (place) return show(place);
  }
  return false;
}

function show(place) {
  const control = place.matches("section") ? null : place.querySelector("input:checked, input:not([type=radio]), textarea, select")
    ?? place.querySelector("input, button");
  (control ?? place).focus({ preventScroll: true });
  place.scrollIntoView({ block: place.matches("section") ? "start" : "center" });
  return true;
}

/** `/steps/market/verdict`, of a reason of the API that is about a field of an assessment; or null. */
export function assessmentField(reason) {
  return reason.pointer?.startsWith("/steps/") ? reason.pointer : null;
}
