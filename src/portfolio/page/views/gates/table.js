/* The board as a table: the same investments, for those who would rather read. */

import { html } from "../../kit/dom.js";
import { day, dayLong, sek, toOre } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Kind, Status } from "../../parts/badges.js";
import { cardsOf, nextGateOn } from "../../parts/standing.js";
import { DataTable } from "../../parts/table.js";
import { Hold, placeThere } from "./card.js";
import { decidedTotal } from "./figures.js";

export function CardTable({ board, moved, then, names }) {
  const cards = cardsOf(board);
  const positions = new Map(board.gates.map((gate) => [gate.gate, gate.position]));
  const columns = [...who(names), ...where(names, positions), ...(moved.size ? [compared(moved, then, names)] : []), ...decided(names)];
  const total = { investment: null, total: true, decided_total: decidedTotal(cards) };
  return html`<div class="gates-table"><${DataTable} caption=${t("gates.table.caption", { day: dayLong(board.as_of) })} columns=${columns}
    rows=${cards} rowKey=${(card) => card.investment} footer=${[total]} /></div>`;
}

const always = (cell) => (row) => (row.total ? null : cell(row));

function who(names) {
  return [
    { key: "name", title: t("gates.investment"), cell: (row) => (row.total ? t("gates.total") : html`<a href=${href(["investments", row.investment])}>${row.name}</a>`) },
    { key: "investment", title: t("gates.code") },
    { key: "kind", title: t("gates.kind"), cell: always((row) => html`<${Kind} kind=${row.kind} />`), sort: (row) => label("kind", row.kind) },
    { key: "department", title: t("gates.department"), cell: always((row) => names.department(row.department)), sort: (row) => names.department(row.department) },
  ];
}

function where(names, positions) {
  return [
    { key: "gate", title: t("gates.gate"), cell: always((row) => names.gate(row.gate)), sort: (row) => positions.get(row.gate) },
    { key: "status", title: t("gates.status"), cell: always((row) => html`<${Status} status=${row.status} overdue=${row.overdue} />`), sort: (row) => label("status", row.status) },
  ];
}

function compared(moved, then, names) {
  const place = (row) => (moved.has(row.investment) ? placeThere(row, moved.get(row.investment), names) : "");
  return { key: "moved", title: then === "before" ? t("gates.before") : t("gates.after"), cell: always(place), sort: place };
}

function decided(names) {
  return [
    { key: "decided_total", title: t("gates.decided.title"), number: true, cell: (row) => sek(row.decided_total), sort: (row) => toOre(row.decided_total) },
    { key: "next_gate_on", title: t("gates.next.title"), cell: always((row) => html`<span class="gates-nowrap">${day(nextGateOn(row))}</span>`), sort: nextGateOn },
    { key: "last_decided_on", title: t("gates.last"), cell: always((row) => (row.last_decided_on ? html`${day(row.last_decided_on)}, ${names.body(row.last_decided_by)}, ${row.last_case_number}` : "–")), wide: true },
    { key: "reason", title: t("gates.reason.title"), cell: always(reason), sort: (row) => row.review_on, wide: true },
  ];
}

/** Why it waits and until when, or why it was stopped. */
function reason(card) {
  if (card.hold_reason) return html`<${Hold} card=${card} />`;
  if (!card.stop_reason) return null;
  return html`${card.stop_reason}${card.lesson && html` <span class="gates-aside">${t("gates.lesson")}: ${card.lesson}</span>`}`;
}
