/* Who is signed in. The key lives as long as the tab; drafts live longer (`drafts.js`). */

import { credentials, get } from "./api.js";
import { ofTab } from "./storage.js";
import { store, useStore } from "./store.js";

const KEPT = "portfolio.key";
const OWNER = "portfolio.owner";
const ENDED = "portfolio.ended";

/** `{me, expired}`: `me` is the answer of `/v1/me`, or null for the public. */
export const session = store({ me: null, expired: false });

credentials.key = ofTab.get(KEPT);
credentials.onExpired = () => {
  ofTab.set(ENDED, "yes");
  session.set((now) => ({ ...now, expired: true }));
};

/** Who the kept key belongs to, when the page opens. A key that no longer holds is said so. */
export async function resume() {
  if (!credentials.key) return;
  const { key } = credentials;
  try {
    enter({ key, me: await get("/v1/me") });
  } catch (error) {
    if (error.kind !== "expired") throw error;
    ofTab.remove(KEPT);
    ofTab.set(ENDED, "yes");
    credentials.key = null;
    session.set({ me: null, expired: true });
  }
}

/**
 * Whose drafts are shown: role, department and name, each escaped so that no name can be read as another's, and
 * without a dot. Nobody's are the public's.
 */
export function owner(me = session.get().me) {
  return me ? [me.role, me.department ?? "", me.name].map(escaped).join(" ") : "public";
}

const escaped = (text) => encodeURIComponent(text).replaceAll(".", "%2E");

/**
 * Who may have left drafts to the one who signs in: `{owner, name}` of a sign-in that ended by itself in this tab and
 * had the same role and department under another name; or null. A key that still holds has left nothing.
 */
export function formerOf(me) {
  const former = ofTab.get(ENDED) ? ofTab.get(OWNER) : null;
  if (former === null || former === owner(me)) return null;
  const [role, department, name] = former.split(" ");
  const same = role === escaped(me.role) && department === escaped(me.department ?? "");
  return same ? { owner: former, name: decodeURIComponent(name) } : null;
}

/** Tries a key or an access token: `{key, me}` if it holds; throws the ApiError if not. Nothing is kept yet. */
export async function tryKey(key) {
  return { key, me: await get("/v1/me", { headers: { Authorization: `Bearer ${key}` } }) };
}

/** Signs in with what `tryKey` gave. */
export function enter({ key, me }) {
  credentials.key = key;
  ofTab.set(KEPT, key);
  ofTab.set(OWNER, owner(me));
  ofTab.remove(ENDED);
  session.set({ me, expired: false });
}

export function signOut() {
  [KEPT, OWNER, ENDED].forEach(ofTab.remove);
  credentials.key = null;
  session.set({ me: null, expired: false });
}

export function useMe() {
  return useStore(session).me;
}

/** Whether the caller's role may use a writing route: `may(me, "POST /v1/area-imports")`. */
export function may(me, route) {
  return Boolean(me?.may.includes(route));
}
