/* What an import asks about a file, and what the file itself answers. Nothing here draws. */

import { today } from "../../kit/format.js";

// No field is called this, so the API answers with those that there are and changes nothing.
const ASK = "?";
const FIELDS = ["scheme", "code_field", "name_field", "valid_from", "extent", "layer", "crs", "encoding"];
const LIKE_A_CODE = /(^|_)(kod|code|id|nr)|kod$|code$/i;
const LIKE_A_NAME = /namn|name|benämning/i;

/** The form before anything is known: the new year is when most divisions begin to hold. */
export function blank() {
  return {
    scheme: "", code_field: "", name_field: "", extent: "whole", layer: "", crs: "", encoding: "", clean: false,
    valid_from: `${Number(today().slice(0, 4)) + 1}-01-01`,
  };
}

/** The form as the API takes it. `asking` sends names that no field has, to learn which there are. */
export function multipart(values, file, { asking = false } = {}) {
  const form = new FormData();
  const sent = asking ? { ...values, code_field: ASK, name_field: ASK } : values;
  for (const name of FIELDS) if (sent[name]) form.append(name, sent[name]);
  if (values.clean) form.append("clean", "true");
  // Last, so that what is wrong with the rest is told before a large file has come.
  form.append("file", file);
  return form;
}

/** What a refusal lists: `{code_field: [...], name_field: [...], layer: [...], crs: [...]}`. */
export function choicesOf(error) {
  const listed = (error.problem?.errors ?? []).filter((one) => one.choices);
  return Object.fromEntries(listed.map((one) => [one.pointer.slice(1), one.choices]));
}

/** The form with the likeliest fields of the file chosen, where nothing fitting is. */
export function guessed(values, choices) {
  const next = { ...values };
  if (choices.code_field && !choices.code_field.includes(next.code_field)) {
    next.code_field = choices.code_field.find((one) => LIKE_A_CODE.test(one)) ?? "";
  }
  if (choices.name_field && !choices.name_field.includes(next.name_field)) {
    next.name_field = choices.name_field.find((one) => LIKE_A_NAME.test(one)) ?? "";
  }
  return next;
}
