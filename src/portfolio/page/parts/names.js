/* What codes are called. A code may be any word, `constructor` too: names stand in maps, never in objects. */

import { get, getAll, path } from "../kit/api.js";
import { useLoad } from "../kit/load.js";

// Of so few areas each is asked for alone.
const FEW = 12;

/** A map from code to name. */
export function namesOf(list = []) {
  return new Map(list.map((one) => [one.code, one.name]));
}

function byCode(list) {
  return new Map(list.map((one) => [one.code, one]));
}

/**
 * The areas of a scheme as a map from code to area: those of `codes` where they are given, else all.
 *
 * Nothing is asked without a scheme. An area that is no longer there is left out: its code is enough to go on with.
 */
export function useAreas(scheme, codes = null) {
  const asked = scheme && (codes === null || codes.length > 0);
  const few = codes !== null && codes.length <= FEW;
  const key = asked ? JSON.stringify(["areas", scheme, few ? codes : null]) : null;
  return useLoad(key, (options) => (few ? each(scheme, codes, options) : fetchAreas(scheme, options)));
}

export async function fetchAreas(scheme, options) {
  return byCode(await getAll(path`/v1/area-schemes/${scheme}/areas`, options));
}

async function each(scheme, codes, options) {
  const asked = codes.map((code) => get(path`/v1/area-schemes/${scheme}/areas/${code}`, options).catch(unlessMissing));
  return byCode((await Promise.all(asked)).filter(Boolean));
}

function unlessMissing(error) {
  if (error.kind === "missing") return null;
  throw error;
}
