/* What the page says when something did not come: calm, and what to do. */

import { html } from "../kit/dom.js";
import { href } from "../kit/router.js";
import { label, t } from "../kit/texts.js";

const KNOWN = new Set(["offline", "expired", "forbidden", "missing", "stale", "invalid", "refused", "busy", "large", "server"]);
// Where the page's own words help more: the API's are about headers, or say no more than that it failed.
const OURS = new Set(["expired", "server"]);

/**
 * A failed request. `again` is what "try again" does; without it there is no button.
 *
 * What the API itself says (its `detail` and `reasons`) is shown: it tells what to do.
 */
export function Trouble({ error, again, compact = false }) {
  const kind = KNOWN.has(error?.kind) ? error.kind : "other";
  const detail = error?.problem?.detail;
  const trace = error?.problem?.trace_id;
  return html`<div class=${compact ? "trouble trouble-compact" : "trouble"} role="alert">
    <p class="trouble-title">${label("trouble", kind)}</p>
    <p>${OURS.has(kind) || !detail ? label("trouble.do", kind) : detail}</p>
    <${Reasons} reasons=${error?.reasons ?? []} />
    ${trace && html`<p class="small">${t("trouble.trace", { trace })}</p>`}
    ${kind === "expired" && html`<p><a class="button" href=${href(["sign-in"], { from: location.hash })}>${t("shell.sign_in")}</a></p>`}
    ${again && kind !== "expired" && html`<p><button type="button" class="button" onClick=${again}>${t("trouble.again")}</button></p>`}
  </div>`;
}

/** Rules that refuse something, each with its name. */
export function Reasons({ reasons }) {
  if (!reasons.length) return null;
  return html`<ul class="reasons">
    ${reasons.map((one, i) => html`<li key=${i}><span class="rule">${one.rule}</span> ${one.detail}</li>`)}
  </ul>`;
}

/** Nothing is there, and that is no fault: says why and what to do. */
export function Nothing({ title, children }) {
  return html`<div class="nothing"><p class="trouble-title">${title}</p>${children}</div>`;
}

/** A mistake of ours: what is written is kept, and a new beginning may help. */
export function Broken() {
  return html`<${Nothing} title=${t("shell.broken")}><p>${t("shell.broken.do")}</p>
    <p><button type="button" class="button" onClick=${() => location.reload()}>${t("shell.reload")}</button></p></${Nothing}>`;
}

/** For a view whose reader may look but not do. */
export function MayNot() {
  return html`<${Nothing} title=${t("shell.may_not")}><p>${t("shell.may_not.do")}</p></${Nothing}>`;
}

export function Waiting({ text }) {
  return html`<p class="waiting" role="status"><span class="spinner" aria-hidden="true"></span>${text ?? t("shell.loading")}</p>`;
}

/** A load of `useLoad`: waits, tells what went wrong, or draws `children(value)`. */
export function Loaded({ load, children, waiting }) {
  if (load.error) return html`<${Trouble} error=${load.error} again=${load.again} />`;
  if (load.value === undefined) return html`<${Waiting} text=${waiting} />`;
  return html`<div class="loaded" aria-busy=${load.loading ? "true" : "false"}>${children(load.value)}</div>`;
}
