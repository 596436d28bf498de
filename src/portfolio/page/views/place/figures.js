/* Figures that are read at a glance. */

import { html } from "../../kit/dom.js";

/** A few large ones, each with what it is. */
export function Figures({ figures }) {
  return html`<dl class="place-figures">${figures.filter(Boolean).map((one) => html`<div key=${one.text} class=${one.waits ? "place-figure place-figure-waits" : "place-figure"}>
    <dt>${one.text}</dt><dd>${one.value}</dd></div>`)}</dl>`;
}

/** The length says what the figure beside it says. */
export function Bar({ share, colour = "accent" }) {
  return html`<span class="place-bar" aria-hidden="true"><span style=${{ width: `${Math.max(0, Math.min(1, share)) * 100}%`, background: `var(--${colour})` }}></span></span>`;
}
