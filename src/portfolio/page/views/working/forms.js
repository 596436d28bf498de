/* What the forms of this view share: fields known by their pointer, rows that come and go, what went wrong. */

import { html, useEffect, useRef } from "../../kit/dom.js";
import { label, t } from "../../kit/texts.js";
import { Trouble } from "../../parts/trouble.js";
import { fieldName, goTo, valueAt, withValue } from "./pointers.js";

/** `at(pointer)`: what a field of the kit needs to show and change that value. */
export function fieldsOf(form, change, errors) {
  return (pointer) => ({
    value: valueAt(form, pointer),
    onChange: (value) => change((now) => withValue(now, pointer, value)),
    error: errors[pointer],
    label: label("work.field", pointer.split("/").at(-1)),
  });
}

/** A place that can be led to. */
export function Place({ pointer, className, children }) {
  return html`<div data-pointer=${pointer} class=${className}>${children}</div>`;
}

export const choices = (group, codes) => codes.map((code) => ({ value: code, label: label(group, code) }));

/**
 * A list of small rows. `children(row, i)` draws the fields of one; `make()` gives a new one.
 * The new row, or the button when one is taken away, has the focus then.
 */
export function Rows({ at, pointer, title, hint, add, one, make, children }) {
  const { value: rows, onChange, error } = at(pointer);
  const place = useRef(null);
  const wanted = useRef(null);
  useEffect(() => {
    if (wanted.current === null || !place.current) return;
    place.current.querySelector(wanted.current)?.focus();
    wanted.current = null;
  }, [rows.length]);
  function append() {
    wanted.current = ".work-row:last-of-type :is(input, textarea, select)";
    onChange([...rows, make()]);
  }
  function remove(gone) {
    wanted.current = ".work-add";
    onChange(rows.filter((_, i) => i !== gone));
  }
  return html`<fieldset class=${`field work-rows ${error ? "field-wrong" : ""}`} data-pointer=${pointer} ref=${place}>
    <legend>${title} <span class="optional">${t("form.optional")}</span></legend>
    ${hint && html`<p class="hint">${hint}</p>`}
    ${rows.map((row, i) => html`<fieldset class="work-row" key=${i}>
      <legend class="visually-hidden">${one(i + 1)}</legend>
      <div class="work-row-fields">${children(row, `${pointer}/${i}`)}</div>
      <button type="button" class="button quiet work-remove" aria-label=${t("work.remove_named", { what: one(i + 1) })} onClick=${() => remove(i)}>${t("work.remove")}</button>
    </fieldset>`)}
    ${error && html`<p class="error">${error}</p>`}
    <button type="button" class="button work-add" onClick=${append}>${add}</button>
  </fieldset>`;
}

/** What went wrong with the last attempt: the fields to correct, the rules that refuse, or else what to do. */
export function Failure({ failure, again }) {
  const place = useRef(null);
  useEffect(() => { place.current?.focus(); }, [failure]);
  if (!failure) return null;
  const wrong = Object.entries(failure.fields ?? {});
  return html`<div ref=${place} tabindex="-1" class="work-failure">
    ${wrong.length ? html`<${Wrong} wrong=${wrong} />` : html`<${Trouble} error=${failure} again=${again} />`}
  </div>`;
}

function Wrong({ wrong }) {
  return html`<div class="trouble" role="alert"><p class="trouble-title">${t("work.wrong", { n: wrong.length })}</p>
    <ul class="work-links">${wrong.map(([pointer, detail]) => html`<li key=${pointer}>
      ${pointer === "" ? detail : html`<${FieldLink} pointer=${pointer}>${fieldName(pointer)}</${FieldLink}> – ${detail}`}</li>`)}</ul>
  </div>`;
}

export function FieldLink({ pointer, children }) {
  return html`<button type="button" class="work-link" onClick=${() => goTo(pointer)}>${children}</button>`;
}

/** A pair of what is called what. */
export function Facts({ facts }) {
  return html`<dl class="work-facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd dir="auto">${value}</dd></div>`)}</dl>`;
}

/** Above every form: what it is about, and where the thing itself can be read. */
export function FormHead({ title, investment, gate, children }) {
  return html`<header class="work-head">
    <p class="work-eyebrow"><a href="#/work">${t("work.title")}</a> <span aria-hidden="true">/</span>
      <a href=${`#/investments/${encodeURIComponent(investment.code)}`}>${investment.code}</a>
      ${gate && html`<span>${t("work.at_gate", { gate })}</span>`}</p>
    <h1>${title}<span class="work-of" dir="auto">${investment.name}</span></h1>
    ${children}
  </header>`;
}
