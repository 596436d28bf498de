/* The same signs for kind, gate, status and verdict everywhere: shape as well as colour. */

import { html } from "../kit/dom.js";
import { label, t } from "../kit/texts.js";

export const STATUSES = ["preparing", "submitted", "on_hold", "reconsideration_required", "completed", "stopped"];

/** A square for the physical, a circle for the social. */
export function KindSign({ kind }) {
  const shape = kind === "social"
    ? html`<circle cx="8" cy="8" r="6" />`
    : html`<rect x="2.5" y="2.5" width="11" height="11" rx="1" />`;
  return html`<svg class=${`kind-sign kind-${kind}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${shape}</svg>`;
}

export function Kind({ kind }) {
  return html`<span class="kind"><${KindSign} kind=${kind} />${label("kind", kind)}</span>`;
}

export function Status({ status, overdue = false }) {
  if (!status) return null;
  return html`<span class=${`badge status-${status}`}>${label("status", status)}${overdue ? ` · ${t("status.overdue")}` : ""}</span>`;
}

export function Verdict({ verdict }) {
  // A draft's step has none yet.
  const known = verdict ?? "not_assessed";
  const sign = { positive: "+", neutral: "±", negative: "−", not_assessed: "?" }[known] ?? "";
  return html`<span class=${`badge verdict-${known}`}><span aria-hidden="true">${sign}</span> ${label("verdict", known)}</span>`;
}

export function Outcome({ outcome }) {
  return html`<span class=${`badge outcome-${outcome}`}>${label("outcome", outcome)}</span>`;
}
