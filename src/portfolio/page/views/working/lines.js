/* A group of things that wait: a line each, which leads to where it is done. */

import { html, useState } from "../../kit/dom.js";
import { t } from "../../kit/texts.js";

const SHOWN = 12;

/** Nothing at all when nothing waits. */
export function Group({ id, title, hint, items, children }) {
  const [all, setAll] = useState(SHOWN);
  if (!items.length) return null;
  return html`<section class=${`work-group work-group-${id}`} aria-labelledby=${`work-${id}`}>
    <h2 id=${`work-${id}`}>${title} <span class="work-count">${items.length}</span></h2>
    <p class="hint">${hint}</p>
    <ul class="work-list">${items.slice(0, all).map(children)}</ul>
    ${items.length > all && html`<p><button type="button" class="button" onClick=${() => setAll(all + 100)}>${t("work.show_more", { n: items.length - all })}</button></p>`}
  </section>`;
}

/** `tags`: `[[sign, text]]`; `about`: texts in a row; `more` stands after the link. */
export function Line({ to, action, name, about, when, amount, tags = [], status = null, more = null }) {
  return html`<li class="work-line">
    <div class="work-line-text">
      <h3 dir="auto">${name}</h3>
      <p class="work-about">${about.map((one, i) => html`<span key=${i} dir="auto">${one}</span>`)}</p>
      <p class="work-when"><span>${when}</span>${amount && html` <span class="work-amount">${amount}</span>`}
        ${tags.map(([sign, text]) => html` <span key=${sign} class=${`work-tag work-${sign}`}>${text}</span>`)} ${status}</p>
    </div>
    <a class="button" href=${to} aria-label=${`${action}: ${name}`}>${action}</a> ${more}
  </li>`;
}
