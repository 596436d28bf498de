/* Parts of one view, each with an address of its own: links, not hidden panels. */

import { html } from "../kit/dom.js";

/** `tabs`: `[{key, title, href}]`; `current` is a key. */
export function Tabs({ label, tabs, current }) {
  return html`<nav class="tabs" aria-label=${label}><ul>
    ${tabs.map((one) => html`<li key=${one.key}><a href=${one.href} aria-current=${one.key === current ? "page" : undefined}>${one.title}</a></li>`)}
  </ul></nav>`;
}
