/* What departments, bodies, areas and gates are called. Until a name has come its code is shown. */

import { getAll } from "../../kit/api.js";
import { useMemo } from "../../kit/dom.js";
import { useLoad } from "../../kit/load.js";
import { label, t } from "../../kit/texts.js";
import { fetchAreas, namesOf } from "../../parts/names.js";
import { cardsOf, gateName } from "../../parts/standing.js";
import { areaKey, NO_AREA } from "./figures.js";

/** The gates of a board as `[{code, name}]`. */
export function gatesOf(board) {
  return (board?.gates ?? []).map(({ gate, name }) => ({ code: gate, name }));
}

/** A map from code to the name that the cards themselves tell: all that the public has. */
function told(cards, code, name) {
  return new Map(cards.filter((card) => card[code] && card[name]).map((card) => [card[code], card[name]]));
}

/**
 * `{department, body, area, gate}`: functions from a code to its name.
 *
 * Without a key the names of departments and bodies are not to be asked for: those on the cards are known. A name that does not
 * come is no trouble of its own: the code says the same, and what failed is told by the board.
 */
export function useNames(me, board, areas) {
  const schemes = [...new Set(areas.map((area) => area.scheme))].sort();
  const departments = useLoad(me ? "departments" : null, (options) => fetchNames("/v1/departments", options));
  const bodies = useLoad(me ? "bodies" : null, (options) => fetchNames("/v1/bodies", options));
  const places = useLoad(schemes.length ? `areas ${schemes.join(" ")}` : null, (options) => areaNames(schemes, options));
  const gates = gatesOf(board);
  const cards = useMemo(() => (board ? cardsOf(board) : []), [board]);
  const owners = useMemo(() => told(cards, "department", "department_name"), [cards]);
  const deciders = useMemo(() => told(cards, "last_decided_by", "last_decided_by_name"), [cards]);
  return {
    department: (code) => departments.value?.get(code) ?? owners.get(code) ?? code,
    body: (code) => bodies.value?.get(code) ?? deciders.get(code) ?? label("level", code),
    area: (key) => (key === NO_AREA ? t("gates.filter.no_area") : places.value?.get(key) ?? key.slice(key.indexOf("/") + 1)),
    gate: (code) => gateName(code, gates),
  };
}

async function fetchNames(address, options) {
  return namesOf(await getAll(address, options));
}

async function areaNames(schemes, options) {
  const lists = await Promise.all(schemes.map(async (scheme) => {
    const areas = await fetchAreas(scheme, options);
    return [...areas.values()].map(({ code, name }) => [areaKey({ scheme, code }), name]);
  }));
  return new Map(lists.flat());
}
