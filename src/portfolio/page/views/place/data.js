/* What the place asks of the API. */

import { get, getAll, path, query } from "../../kit/api.js";
import { today } from "../../kit/format.js";
import { cardsOf } from "../../parts/standing.js";

/** The largest page that `/ogc` gives. */
const PAGE = 1000;
/** A name is not worth more. */
const MOST_BOARDS = 3;

/** Schemes: those that have areas today first, and of them the one with most programs. */
export async function fetchSchemes(options) {
  const schemes = await getAll("/v1/area-schemes", options);
  const weight = (one) => (one.areas > 0 ? 1e9 : 0) + (one.programs ?? 0);
  return schemes.sort((a, b) => weight(b) - weight(a));
}

/** The properties of every feature of a collection, page after page, without shapes. */
async function fetchProperties(collection, filter, options) {
  const found = [];
  let next = path`/ogc/collections/${collection}/items` + query({ skipGeometry: "true", limit: PAGE, filter });
  while (next) {
    const page = await get(next, options);
    found.push(...page.features.map((feature) => feature.properties));
    next = ownAddress(page.links.find((link) => link.rel === "next")?.href);
  }
  return found;
}

/** A link of our own server, whatever name it is reached by. */
export function ownAddress(link) {
  if (!link) return null;
  const { pathname, search } = new URL(link, location.href);
  return pathname + search;
}

/** Every area of a scheme with the measures of its portfolio. */
export function fetchAreas(scheme, options) {
  return fetchProperties(`portfolios-${scheme}`, undefined, options);
}

export function fetchCollection(name, options) {
  return get(path`/ogc/collections/${name}`, options);
}

export function fetchPrograms(options) {
  return fetchProperties("programs", undefined, options);
}

export function fetchArea(scheme, code, options) {
  return get(path`/ogc/collections/${`areas-${scheme}`}/items/${code}`, options);
}

/** Investments by code, for the public: at most as many as an area's `codes` tells. */
export async function fetchInvestments(codes, options) {
  const found = [];
  for (let i = 0; i < codes.length; i += 50) {
    found.push(...await fetchProperties("investments", codeFilter(codes.slice(i, i + 50)), options));
  }
  return found;
}

/** The CQL2 text `code IN ('A','B')`. */
export function codeFilter(codes) {
  return `code IN (${codes.map((code) => `'${code.replaceAll("'", "''")}'`).join(",")})`;
}

/** "LIN-01, LIN-02 …" as codes, and whether there are more than it tells. */
export function splitCodes(text) {
  const all = (text ?? "").split(/[, ]+/).filter(Boolean);
  return { codes: all.filter((one) => one !== "…"), more: all.includes("…") };
}

export function fetchPortfolio(scheme, area, by, options) {
  return get(path`/v1/area-schemes/${scheme}/areas/${area}/portfolio` + query({ by }), options);
}

/** Everything that is published, wherever it is. */
export function fetchPublished(options) {
  return fetchProperties("investments", undefined, options);
}

/** `{outside, municipality_wide, not_located}`: the investments that are not, or not wholly, in an area of the scheme. */
export async function fetchElsewhere(scheme, options) {
  const all = await getAll("/v1/investments", options);
  const place = (key) => (one) => Boolean(one.location?.[key]);
  return {
    outside: all.filter((one) => one.outside[scheme] > 0),
    municipality_wide: all.filter(place("municipality_wide")),
    not_located: all.filter((one) => !one.location || one.location.not_located !== undefined),
  };
}

/** The day from which a scheme has areas, if that is a day to come; else null. */
export async function fetchBeginning(scheme, options) {
  const page = await get(path`/v1/area-schemes/${scheme}/areas` + query({ at: "9999-12-31", limit: 1 }), options);
  const first = page.items[0]?.valid_from ?? "";
  return first > today() ? first : null;
}

/** What departments are called: code to name. */
export async function fetchDepartments(options) {
  const items = await getAll("/v1/departments", options);
  return new Map(items.map((one) => [one.code, one.name]));
}

/** The same for the public, which may not ask for them: the boards of published programs tell. */
export async function fetchPublicDepartments(programs, options) {
  const boards = await Promise.all(programs.slice(0, MOST_BOARDS).map((code) => get(path`/v1/programs/${code}/board`, options)));
  return new Map(boards.flatMap(cardsOf).map((card) => [card.department, card.department_name]));
}
