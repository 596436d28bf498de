/* What this view asks the API for. Each part asks for itself, so that one failure hides nothing else. */

import { get, getAll, path, query } from "../../kit/api.js";
import { useLoad } from "../../kit/load.js";
import { cardsOf } from "../../parts/standing.js";

/** One answer; with `address` null nothing is asked. */
export function useOne(address) {
  return useLoad(address, ({ signal }) => get(address, { signal }));
}

/** Every item of a list. */
export function useEvery(address) {
  return useLoad(address, ({ signal }) => getAll(address, { signal }));
}

/** All the parts of one investment, asked for in parallel. */
export function useDossier(code) {
  const of = path`/v1/investments/${code}`;
  return {
    investment: useOne(of),
    rounds: useEvery(`${of}/assessments`),
    decisions: useEvery(`${of}/decisions`),
    recommendations: useEvery(`${of}/recommendations`),
    plan: useOne(`${of}/plan-lines`),
    trail: useLoad(`${of}/money-trail`, ({ signal }) => wholeTrail(`${of}/money-trail`, signal)),
    consequence: useOne(`${of}/consequence`),
    departments: useEvery("/v1/departments"),
    bodies: useEvery("/v1/bodies"),
  };
}

// The totals come with the first page; the movements may need more.
async function wholeTrail(address, signal) {
  const first = await get(`${address}${query({ limit: 1000 })}`, { signal });
  let { next } = first;
  const items = [...first.items];
  while (next) {
    const page = await get(next, { signal });
    items.push(...page.items);
    next = page.next;
  }
  return { items, totals: first.totals };
}

/** The gates of a program, in order, with what the municipality calls them; null without a program. */
export function useGates(program, at, signedIn) {
  return useLoad(program ? JSON.stringify(["gates", program, at]) : null, ({ signal }) =>
    signedIn ? templateOf(program, at, signal) : boardOf(program, signal));
}

async function templateOf(program, at, signal) {
  const found = await get(path`/v1/programs/${program}`, { signal });
  const template = await get(path`/v1/gate-templates/${found.gate_template}`, { signal });
  if (template.gates.some((gate) => gate.code === at)) return { name: found.name, gates: template.gates };
  // It keeps an older version of the template than the program's newest: the board knows its gate.
  return boardOf(program, signal);
}

async function boardOf(program, signal) {
  const board = await get(path`/v1/programs/${program}/board`, { signal });
  return { name: board.name, gates: board.gates.map(({ gate, ...rest }) => ({ code: gate, ...rest })), board };
}

/** What of one investment is public: its feature of the map service, and its card on the board. */
export function useOpenInvestment(code) {
  return useOne(path`/ogc/collections/investments/items/${code}`);
}

/** The card of an investment on a board, or null; what has ended lies beside the gates. */
export function cardOf(board, code) {
  return cardsOf(board).find((card) => card.investment === code) ?? null;
}

/** Every published investment, page after page. */
export async function allOpen(signal) {
  const rows = [];
  let next = "/ogc/collections/investments/items?skipGeometry=true&limit=1000";
  while (next) {
    const page = await get(next, { signal });
    rows.push(...page.features.map((feature) => feature.properties));
    next = page.links.find((link) => link.rel === "next")?.href ?? null;
    if (next) next = new URL(next).pathname + new URL(next).search;
  }
  return rows;
}
