/* A table that can be sorted and paged with the keyboard, and that prints whole pages. */

import { html, useLayoutEffect, useMemo, useRef, useState } from "../kit/dom.js";
import { compare } from "../kit/format.js";
import { t } from "../kit/texts.js";

const PAGE = 100;

/**
 * `columns`: `[{key, title, number?, sort?: row => value | false, cell?: row => vnode, wide?}]`.
 *
 * `cell` is `row[key]` as text if left out; `sort` the same, and `false` where sorting says
 * nothing. The first column names the row. `rows` are shown a hundred at a time. `footer` are
 * rows of totals: the same shape, drawn with `cell`. `initial` is `{key, down}`; `onSort` is told
 * each other order that is chosen. `paged` is false where the caller asks for more rows itself: all that
 * are given are shown.
 */
export function DataTable({ caption, columns, rows, rowKey, footer = [], initial, onSort, empty, hideCaption = false, current, paged = true }) {
  const [order, setOrder] = useState(initial ?? null);
  const [most, setMost] = useState(PAGE);
  const shown = paged ? most : rows.length;
  const frame = useRef(null);
  useFocusOnNewRows(frame, most);
  const choose = (next) => {
    setOrder(next);
    onSort?.(next);
  };
  const sorted = useMemo(() => sortRows(rows, columns, order), [rows, columns, order]);
  if (!rows.length && empty) return html`<p class="nothing">${empty}</p>`;
  return html`<div class="table-frame" ref=${frame} role="region" aria-label=${caption} tabindex="0">
      <table class="table">
        <caption class=${hideCaption ? "visually-hidden" : undefined}>${caption}</caption>
        <thead><tr>${columns.map((column) => html`<${Head} key=${column.key} column=${column} order=${order} setOrder=${choose} />`)}</tr></thead>
        <tbody>${sorted.slice(0, shown).map((row) => html`<${Row} key=${rowKey(row)} row=${row} columns=${columns} current=${current === rowKey(row)} />`)}</tbody>
        ${footer.length > 0 && html`<tfoot>${footer.map((row, i) => html`<${Row} key=${i} row=${row} columns=${columns} />`)}</tfoot>`}
      </table>
    </div>
    ${sorted.length > shown && html`<p class="more">
      ${t("table.shown", { shown, total: sorted.length })}
      <button type="button" class="button" onClick=${() => setMost(shown + PAGE)}>${t("table.more", { more: Math.min(PAGE, sorted.length - shown) })}</button>
      <button type="button" class="button" onClick=${() => setMost(sorted.length)}>${t("table.all")}</button>
    </p>`}`;
}

/** Who asks for more rows stands at the first of them: the button may be gone. */
function useFocusOnNewRows(frame, most) {
  const before = useRef(most);
  useLayoutEffect(() => {
    const first = frame.current?.querySelectorAll("tbody > tr")[before.current]?.firstElementChild;
    before.current = most;
    if (!first) return;
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
  }, [most]);
}

function sortRows(rows, columns, order) {
  const column = order && columns.find((one) => one.key === order.key);
  if (!column) return rows;
  const value = column.sort || ((row) => row[column.key]);
  const missing = (row) => [null, undefined, ""].includes(value(row));
  const sorted = rows.filter((row) => !missing(row)).sort((a, b) => compare(value(a), value(b)));
  if (order.down) sorted.reverse();
  // Nothing comes after something, whichever way it is sorted.
  return [...sorted, ...rows.filter(missing)];
}

function Head({ column, order, setOrder }) {
  const sorting = order?.key === column.key ? (order.down ? "descending" : "ascending") : undefined;
  const classes = column.number ? "number" : undefined;
  if (column.sort === false) return html`<th scope="col" class=${classes}>${column.title}</th>`;
  const click = () => setOrder({ key: column.key, down: sorting === "ascending" });
  return html`<th scope="col" class=${classes} aria-sort=${sorting}>
    <button type="button" class="sort" onClick=${click}>${column.title}<span class="sort-mark" aria-hidden="true"></span></button>
  </th>`;
}

function Row({ row, columns, current }) {
  return html`<tr class=${current ? "current" : undefined}>${columns.map((column, i) => {
    const content = column.cell ? column.cell(row) : row[column.key];
    const classes = [column.number && "number", column.wide && "wide"].filter(Boolean).join(" ") || undefined;
    return i === 0
      ? html`<th key=${column.key} scope="row" class=${classes} dir="auto">${content}</th>`
      : html`<td key=${column.key} class=${classes} dir="auto">${content}</td>`;
  })}</tr>`;
}
