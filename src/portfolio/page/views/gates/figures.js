/* What the board counts, sorts out and compares: no drawing here. */

import { compare, sum } from "../../kit/format.js";
import { cardsOf, ENDED } from "../../parts/standing.js";

/** The area filter's choice of those that no area has a share of. */
export const NO_AREA = "none";

export function decidedTotal(cards) {
  return sum(cards.map((card) => card.decided_total));
}

/** Scheme and code as one text. A scheme's code has no slash, nor has an area's. */
export function areaKey({ scheme, code }) {
  return `${scheme}/${code}`;
}

function matches(card, { department, kind, area }) {
  if (department && card.department !== department) return false;
  if (kind && card.kind !== kind) return false;
  if (!area) return true;
  return area === NO_AREA ? card.areas.length === 0 : card.areas.some((one) => areaKey(one) === area);
}

/** The board with only the cards that match `{department, kind, area}`; an empty choice takes all. */
export function filtered(board, filter) {
  const keep = (cards) => cards.filter((card) => matches(card, filter));
  return {
    ...board,
    gates: board.gates.map((gate) => ({ ...gate, investments: keep(gate.investments) })),
    stopped: keep(board.stopped),
    completed: keep(board.completed),
  };
}

/** What can be chosen, each with how many cards: `{departments, kinds, areas}` of `[{value, count}]`. */
export function choices(cards) {
  const areas = cards.flatMap((card) => (card.areas.length ? card.areas.map(areaKey) : [NO_AREA]));
  return {
    departments: tally(cards.map((card) => card.department)),
    kinds: tally(cards.map((card) => card.kind)),
    areas: tally(areas),
  };
}

function tally(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => compare(a.value, b.value));
}

/** The figures above the board, of all its cards. */
export function figuresOf(cards) {
  const count = (status) => cards.filter((card) => card.status === status).length;
  return {
    investments: cards.length,
    decided: decidedTotal(cards),
    submitted: count("submitted"),
    on_hold: count("on_hold"),
    overdue: cards.filter((card) => card.overdue).length,
    reconsideration_required: count("reconsideration_required"),
    completed: count("completed"),
    stopped: count("stopped"),
  };
}

/** Days to stop at: the earliest, the first of every month after it, and today. */
export function stopsBetween(earliest, today) {
  const stops = [earliest];
  for (let day = firstOfNextMonth(earliest); day < today; day = firstOfNextMonth(day)) stops.push(day);
  return today > earliest ? [...stops, today] : stops;
}

function firstOfNextMonth(day) {
  return dayOf(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 1);
}

/** `month` counts from 0 and may be outside the year. */
function dayOf(year, month, date) {
  return new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);
}

/** The place of the last stop not after a day; of an earlier day, the first. */
export function stopAt(stops, day) {
  const after = stops.findIndex((stop) => stop > day);
  return after === -1 ? stops.length - 1 : Math.max(after - 1, 0);
}

/** The same day so many months before; of a shorter month, its last day. */
export function monthsBefore(day, months) {
  const [year, month, date] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month - months, 0)).getUTCDate();
  return dayOf(year, month - 1 - months, Math.min(date, last));
}

function standsAt(card) {
  if (ENDED.includes(card.status)) return card.status;
  return `${card.gate} ${card.status === "on_hold" ? "waits" : "goes"}`;
}

/** Where it stood on the other board, by code, of every card that stands elsewhere now. */
export function elsewhere(board, other) {
  const there = new Map(cardsOf(other).map((card) => [card.investment, card]));
  const moved = cardsOf(board).filter((card) => {
    const before = there.get(card.investment);
    return before && standsAt(before) !== standsAt(card);
  });
  return new Map(moved.map((card) => [card.investment, there.get(card.investment)]));
}
