/* What departments, bodies, areas and gates are called. Until a name has come its code is shown. */

import { getAll, path } from "../../kit/api.js";
import { useLoad } from "../../kit/load.js";
import { label, t } from "../../kit/texts.js";
import { areaKey, NO_AREA } from "./figures.js";

/** The page's word for a gate it knows, else the municipality's own. */
export function gateName(gate) {
  const known = label("gate", gate.gate);
  return known === gate.gate ? gate.name : known;
}

/**
 * `{department, body, area, gate}`: functions from a code to its name.
 *
 * Without a key the names of departments and bodies are not to be asked for. A name that does not
 * come is no trouble of its own: the code says the same, and what failed is told by the board.
 */
export function useNames(me, board, areas) {
  const schemes = [...new Set(areas.map((area) => area.scheme))].sort();
  const departments = useLoad(me ? "departments" : null, (options) => byCode("/v1/departments", options));
  const bodies = useLoad(me ? "bodies" : null, (options) => byCode("/v1/bodies", options));
  const places = useLoad(schemes.length ? `areas ${schemes.join(" ")}` : null, (options) => areaNames(schemes, options));
  const gates = new Map((board?.gates ?? []).map((gate) => [gate.gate, gateName(gate)]));
  return {
    department: (code) => departments.value?.get(code) ?? code,
    body: (code) => bodies.value?.get(code) ?? label("level", code),
    area: (key) => (key === NO_AREA ? t("gates.filter.no_area") : places.value?.get(key) ?? key.slice(key.indexOf("/") + 1)),
    gate: (code) => gates.get(code) ?? label("gate", code),
  };
}

async function byCode(address, options) {
  const found = await getAll(address, options);
  return new Map(found.map((one) => [one.code, one.name]));
}

async function areaNames(schemes, options) {
  const lists = await Promise.all(schemes.map(async (scheme) => {
    const areas = await getAll(path`/v1/area-schemes/${scheme}/areas`, options);
    return areas.map(({ code, name }) => [areaKey({ scheme, code }), name]);
  }));
  return new Map(lists.flat());
}
