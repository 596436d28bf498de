/* Who is signed in. The key lives as long as the tab; drafts live longer (`drafts.js`). */

import { credentials, get } from "./api.js";
import { store, useStore } from "./store.js";

const KEPT = "portfolio.key";
const OWNER = "portfolio.owner";

/** `{me, expired}`: `me` is the answer of `/v1/me`, or null for the public. */
export const session = store({ me: null, expired: false });

credentials.key = sessionStorage.getItem(KEPT);
credentials.onExpired = () => session.set((now) => ({ ...now, expired: true }));

/** Who the kept key belongs to, when the page opens. A key that no longer holds is said so. */
export async function resume() {
  if (!credentials.key) return;
  try {
    session.set({ me: await get("/v1/me"), expired: false });
    sessionStorage.setItem(OWNER, owner());
  } catch (error) {
    if (error.kind !== "expired") throw error;
    sessionStorage.removeItem(KEPT);
    credentials.key = null;
    session.set({ me: null, expired: true });
  }
}

/**
 * Whose drafts are shown: the same for a key and the one that replaces it, which bears the same name.
 * Nobody's are the public's.
 */
export function owner(me = session.get().me) {
  return me ? [me.role, me.department ?? "", me.name].join(" ") : "public";
}

/**
 * Tries a key or an access token and keeps it if it holds; throws the ApiError if not.
 *
 * `handOver(former, next)` is told the owner of a sign-in that ended by itself in this tab (null if there was none)
 * and the new one, before anything is drawn for the new one.
 */
export async function signIn(key, handOver) {
  const me = await get("/v1/me", { headers: { Authorization: `Bearer ${key}` } });
  handOver(sessionStorage.getItem(OWNER), owner(me));
  credentials.key = key;
  sessionStorage.setItem(KEPT, key);
  sessionStorage.setItem(OWNER, owner(me));
  session.set({ me, expired: false });
}

export function signOut() {
  sessionStorage.removeItem(KEPT);
  sessionStorage.removeItem(OWNER);
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
