/* The money of a portfolio by something: a small table whose bars can be compared at a glance. */

import { html } from "../../kit/dom.js";
import { number, sek, sekShort } from "../../kit/format.js";
import { t } from "../../kit/texts.js";
import { Bar } from "./figures.js";

/** `rows`: `[{key, name, count, apportioned_total, colour?}]`. */
export function Breakdown({ title, rows }) {
  // Only the lengths of the bars are reckoned with inexact numbers.
  const most = Math.max(...rows.map((row) => Number(row.apportioned_total)), 1);
  return html`<table class="place-breakdown"><caption>${title}</caption>
    <thead class="visually-hidden"><tr><th scope="col">${title}</th><th scope="col">${t("place.column.count")}</th><th scope="col">${t("place.column.apportioned")}</th></tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row.key}><th scope="row" dir="auto">${row.name}<${Bar} share=${Number(row.apportioned_total) / most} colour=${row.colour} /></th>
      <td class="number">${number(row.count)}<span class="visually-hidden"> ${t("place.column.count")}</span></td>
      <td class="number" title=${sek(row.apportioned_total)}>${sekShort(row.apportioned_total)}</td></tr>`)}</tbody>
  </table>`;
}
