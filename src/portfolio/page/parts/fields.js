/* Fields of a form: each with its name, what is meant, and what is wrong with it. */

import { html, useId } from "../kit/dom.js";
import { t } from "../kit/texts.js";

/**
 * Shared by all: `label`, `hint`, `error` (a sentence), `required`; `plain` where nothing is filled in, only
 * chosen (a filter), so that "optional" would say nothing. `children(props)` draws the control.
 */
export function Field({ label, hint, error, required, plain, children }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const props = {
    id, required, "aria-describedby": described || undefined, "aria-invalid": error ? "true" : undefined,
  };
  return html`<div class=${error ? "field field-wrong" : "field"}>
    <label for=${id}>${label}${required || plain ? "" : html` <span class="optional">${t("form.optional")}</span>`}</label>
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${children(props)}
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

/** One line. `type` as of an input; `onChange` gets the text. */
export function TextField({ value, onChange, type = "text", list, min, max, inputmode, autocomplete = "off", placeholder, ...field }) {
  return html`<${Field} ...${field}>${(props) => html`<input ...${props} type=${type} value=${value ?? ""} list=${list}
    min=${min} max=${max} inputmode=${inputmode} autocomplete=${autocomplete} placeholder=${placeholder} dir="auto"
    onInput=${(event) => onChange(event.currentTarget.value)} />`}</${Field}>`;
}

export function TextArea({ value, onChange, rows = 4, ...field }) {
  return html`<${Field} ...${field}>${(props) => html`<textarea ...${props} rows=${rows} dir="auto"
    onInput=${(event) => onChange(event.currentTarget.value)} value=${value ?? ""}></textarea>`}</${Field}>`;
}

/** `options`: `[{value, label}]`; `empty` is what the first, empty choice says. */
export function Select({ value, onChange, options, empty, ...field }) {
  return html`<${Field} ...${field}>${(props) => html`<select ...${props} value=${value ?? ""}
    onChange=${(event) => onChange(event.currentTarget.value)}>
    ${empty !== undefined && html`<option value="">${empty}</option>`}
    ${options.map((one) => html`<option key=${one.value} value=${one.value}>${one.label}</option>`)}
  </select>`}</${Field}>`;
}

/** One of a few, all in sight. */
export function Radios({ label, value, onChange, options, error, hint }) {
  const id = useId();
  return html`<fieldset class=${error ? "field field-wrong" : "field"} aria-describedby=${error ? `${id}-error` : undefined}>
    <legend>${label}</legend>
    ${hint && html`<p class="hint">${hint}</p>`}
    <div class="radios">${options.map((one) => html`<label key=${one.value} class="radio">
      <input type="radio" name=${id} value=${one.value} checked=${value === one.value} onChange=${() => onChange(one.value)} />
      <span>${one.label}</span></label>`)}</div>
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}
  </fieldset>`;
}

export function Check({ label, checked, onChange, hint }) {
  const id = useId();
  return html`<div class="field check"><label class="radio">
    <input type="checkbox" checked=${checked} aria-describedby=${hint ? id : undefined} onChange=${(event) => onChange(event.currentTarget.checked)} />
    <span>${label}</span></label>${hint && html`<p class="hint" id=${id}>${hint}</p>`}</div>`;
}
