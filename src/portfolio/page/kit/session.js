/* Who is signed in. The key lives as long as the tab; drafts live longer (`drafts.js`). */

import { credentials, get } from "./api.js";
import { store, useStore } from "./store.js";

const KEPT = "portfolio.key";

/** `{me, expired}`: `me` is the answer of `/v1/me`, or null for the public. */
export const session = store({ me: null, expired: false });

credentials.key = sessionStorage.getItem(KEPT);
credentials.onExpired = () => session.set((now) => ({ ...now, expired: true }));

/** Who the kept key belongs to, when the page opens. A key that no longer holds is said so. */
export async function resume() {
  if (!credentials.key) return;
  try {
    session.set({ me: await get("/v1/me"), expired: false });
  } catch (error) {
    if (error.kind !== "expired") throw error;
    sessionStorage.removeItem(KEPT);
    credentials.key = null;
    session.set({ me: null, expired: true });
  }
}

/** Tries a key or an access token and keeps it if it holds; throws the ApiError if not. */
export async function signIn(key) {
  const me = await get("/v1/me", { headers: { Authorization: `Bearer ${key}` } });
  credentials.key = key;
  sessionStorage.setItem(KEPT, key);
  session.set({ me, expired: false });
}

export function signOut() {
  sessionStorage.removeItem(KEPT);
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
