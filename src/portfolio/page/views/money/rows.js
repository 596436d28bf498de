/* The rows of the gate status, page after page, and the totals that the API gives with the first. */

import { get, query } from "../../kit/api.js";
import { useEffect, useMemo, useState } from "../../kit/dom.js";
import { useLoad } from "../../kit/load.js";

const PAGE = 1000;
/** More than this is read in a spreadsheet, not on a page. */
export const MOST = 5000;
const FILTERS = ["program", "department", "kind", "gate", "status", "year", "as_of", "known_at"];

/** What the API is asked: area and scheme only together. */
export function filtersOf(asked) {
  const filters = Object.fromEntries(FILTERS.filter((key) => asked[key]).map((key) => [key, asked[key]]));
  return asked.scheme && asked.area ? { ...filters, scheme: asked.scheme, area: asked.area } : filters;
}

export function filePath(asked, format, unit) {
  return `/v1/gate-status${query({ ...filtersOf(asked), format, unit })}`;
}

/**
 * `{load, rows, total, isAll, more(until), fetching, trouble}`.
 *
 * A municipality's few hundred come at once. Of more, the first thousand do, and `more` fetches on.
 */
export function useRows(asked) {
  const address = `/v1/gate-status${query({ ...filtersOf(asked), totals: true, limit: PAGE })}`;
  const load = useLoad(address, (options) => get(address, options), { keep: true });
  const [further, setFurther] = useState(nothingFurther(null));
  useEffect(() => setFurther(nothingFurther(load.value)), [load.value]);
  // What was fetched on belongs to one first page, and goes with it.
  const on = further.first === load.value ? further : nothingFurther(load.value);
  const rows = useMemo(() => (load.value ? [...load.value.items, ...on.items] : []), [load.value, on.items]);
  const next = on.items.length ? on.next : load.value?.next ?? null;
  async function more(until) {
    setFurther({ ...on, fetching: true, trouble: null });
    setFurther(await fetchOn({ ...on, next }, until - rows.length));
  }
  return { load, rows, total: load.value?.total ?? 0, isAll: next === null, more, fetching: on.fetching, trouble: on.trouble };
}

const NONE = [];

function nothingFurther(first) {
  return { first, items: NONE, next: null, fetching: false, trouble: null };
}

/** What came before a failure is kept: the next try goes on from there. */
async function fetchOn(from, wanted) {
  let { next } = from;
  const items = [...from.items];
  try {
    while (next && items.length - from.items.length < wanted) {
      const page = await get(next);
      items.push(...page.items);
      next = page.next;
    }
    return { ...from, items, next, fetching: false, trouble: null };
  } catch (trouble) {
    return { ...from, items, next, fetching: false, trouble };
  }
}
