/* Addresses: `#/programs/lindangen?as_of=2026-03-01`. What is looked at can be sent to others. */

import { store, useStore } from "./store.js";

function read() {
  const [path, search = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return {
    parts: path.split("/").filter(Boolean).map(decoded),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** `{parts: ["programs", "lindangen"], query: {as_of: "..."}}`. */
export const route = store(read());

addEventListener("hashchange", () => route.set(read()));

export function useRoute() {
  return useStore(route);
}

/** The address of a view: `href(["programs", code], {as_of})`. */
export function href(parts, query = {}) {
  const given = Object.entries(query).filter(([, v]) => v !== null && v !== undefined && v !== "");
  const search = new URLSearchParams(given).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

export function go(parts, query) {
  location.hash = href(parts, query);
}

/** Changes the query of the present address without a step in the history. */
export function setQuery(changes) {
  const { parts, query } = route.get();
  history.replaceState(null, "", href(parts, { ...query, ...changes }));
  route.set(read());
}
