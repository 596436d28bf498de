/* What somebody has written and not yet sent: kept in this browser until it is. */

import { useCallback, useEffect, useRef, useState } from "./dom.js";
import { owner } from "./session.js";

const PREFIX = "portfolio.draft.";

function nameOf(key, of = owner()) {
  // Each caller's own: the next person at the same computer does not see it.
  return `${PREFIX}${of}.${key}`;
}

/**
 * Hands the drafts of a sign-in that ended to the one that follows it in the same tab, under
 * whatever name, if it has the same role: what was typed is there, and a draft it has itself stays.
 */
export function takeOver(former, next) {
  if (former === null || former === next || former.split(" ")[0] !== next.split(" ")[0]) return;
  const start = nameOf("", former);
  for (const name of Object.keys(localStorage).filter((one) => one.startsWith(start))) {
    const own = nameOf(name.slice(start.length), next);
    if (localStorage.getItem(own) !== null) continue;
    localStorage.setItem(own, localStorage.getItem(name));
    localStorage.removeItem(name);
  }
}

function readDraft(key) {
  try {
    return JSON.parse(localStorage.getItem(nameOf(key)));
  } catch {
    return null;
  }
}

/** Every draft of the caller: `[{key, savedAt, value}]`. */
export function drafts() {
  const start = nameOf("");
  return Object.keys(localStorage)
    .filter((name) => name.startsWith(start))
    .map((name) => ({ key: name.slice(start.length), ...readDraft(name.slice(start.length)) }))
    .filter((draft) => draft.savedAt);
}

/**
 * `{value, change, discard, restored, savedAt, failed}` of a draft.
 *
 * `value` is what was kept, or else `initial`. `change(next)` takes a value or a function and
 * keeps it at once: a tab may be closed in the next moment. `restored` is true when it was
 * found from before; `failed` when the browser would not keep it.
 */
export function useDraft(key, initial) {
  const [state, setState] = useState(() => begin(key, initial));
  const current = useRef(state);
  current.current = state;

  useEffect(() => {
    if (current.current.key !== key) setState(begin(key, initial));
  }, [key]);

  const change = useCallback((next) => {
    setState((now) => {
      const value = typeof next === "function" ? next(now.value) : next;
      return { ...now, value, ...keep(now.key, value) };
    });
  }, []);
  const discard = useCallback((value) => {
    localStorage.removeItem(nameOf(key));
    setState({ ...begin(key, value ?? initial) });
  }, [key, initial]);
  return { ...state, change, discard };
}

function begin(key, initial) {
  const kept = readDraft(key);
  return {
    key, value: kept?.value ?? initial, savedAt: kept?.savedAt ?? null,
    restored: kept !== null, failed: false,
  };
}

function keep(key, value) {
  const savedAt = new Date().toISOString();
  try {
    localStorage.setItem(nameOf(key), JSON.stringify({ savedAt, value }));
    return { savedAt, failed: false };
  } catch {
    return { failed: true };
  }
}
