/* What the place asks of the API. */

import { get, getAll, path, query } from "../../kit/api.js";

/** The largest page that `/ogc` gives. */
const PAGE = 1000;

/** Schemes, the one with most programs first. */
export async function fetchSchemes(options) {
  const schemes = await getAll("/v1/area-schemes", options);
  const weight = (one) => (one.programs ?? 0) * 1e6 + (one.areas > 0 ? 1 : 0);
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

/** What departments are called: code to name. */
export async function fetchDepartments(options) {
  const items = await getAll("/v1/departments", options);
  return new Map(items.map((one) => [one.code, one.name]));
}

/** `[west, south, east, north]` of a GeoJSON geometry. */
export function boxOf(geometry) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const visit = (part) => {
    if (typeof part[0] !== "number") return part.forEach(visit);
    box[0] = Math.min(box[0], part[0]);
    box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]);
    box[3] = Math.max(box[3], part[1]);
  };
  visit(geometry.coordinates);
  return box;
}
