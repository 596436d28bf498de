/* What somebody has written and not yet sent: kept in this browser until it is. */

import { useCallback, useEffect, useRef, useState } from "./dom.js";
import { owner } from "./session.js";
import { lasting } from "./storage.js";

const PREFIX = "portfolio.draft.";

function nameOf(key, of = owner()) {
  // Each caller's own: the next person at the same computer does not see it. An owner has no dot in it.
  return `${PREFIX}${of}.${key}`;
}

function namesOf(of) {
  const start = nameOf("", of);
  return lasting.names().filter((name) => name.startsWith(start));
}

/** Whether an owner has left anything in this browser. */
export function hasDrafts(of) {
  return namesOf(of).length > 0;
}

/**
 * Hands one owner's drafts to another, who has said that they are theirs; a draft the other has itself stays.
 * False when the browser would not keep them all: what was not handed over is where it was.
 */
export function takeOver(former, next) {
  const start = nameOf("", former);
  return namesOf(former).map((name) => move(name, nameOf(name.slice(start.length), next))).every(Boolean);
}

function move(name, to) {
  const kept = lasting.get(name);
  if (lasting.get(to) !== null) return true;
  // Away before it is put back: in a full storage there is no room for two.
  lasting.remove(name);
  if (lasting.set(to, kept)) return true;
  lasting.set(name, kept);
  return false;
}

function readDraft(key) {
  try {
    return JSON.parse(lasting.get(nameOf(key)));
  } catch {
    return null;
  }
}

/** A draft of the caller without a form for it: `{savedAt, value}` or null. */
export function findDraft(key) {
  return readDraft(key);
}

/** Takes a draft of the caller away. */
export function dropDraft(key) {
  lasting.remove(nameOf(key));
}

/** Every draft of the caller: `[{key, savedAt, value}]`. */
export function drafts() {
  const start = nameOf("");
  return namesOf(owner())
    .map((name) => ({ key: name.slice(start.length), ...readDraft(name.slice(start.length)) }))
    .filter((draft) => draft.savedAt);
}

/**
 * `{value, change, discard, restored, savedAt, failed, elsewhere}` of a draft.
 *
 * `value` is what was kept, or else `initial`. `change(next)` takes a value or a function and
 * keeps it at once: a tab may be closed in the next moment. `restored` is true when it was
 * found from before; `failed` when the browser would not keep it. `elsewhere` tells that another tab has
 * "changed" or "removed" what was kept: the value here stays, and is not kept in its place before that has been
 * told. `discard` takes away what this tab has kept, never what another has.
 */
export function useDraft(key, initial) {
  // The very text that this tab has put into the browser or found there: any other is another tab's.
  const own = useRef(null);
  const open = () => {
    own.current = lasting.get(nameOf(key));
    return begin(key, initial);
  };
  const [state, setState] = useState(open);
  const current = useRef(state);
  current.current = state;

  useEffect(() => {
    if (current.current.key !== key) setState(open());
  }, [key]);
  useEffect(() => {
    const hear = () => {
      const elsewhere = otherThan(own.current, key);
      if (elsewhere) setState((now) => ({ ...now, elsewhere }));
    };
    addEventListener("storage", hear);
    return () => removeEventListener("storage", hear);
  }, [key]);

  const change = useCallback((next) => {
    setState((now) => {
      const value = typeof next === "function" ? next(now.value) : next;
      const elsewhere = otherThan(own.current, now.key);
      if (elsewhere && !now.elsewhere) return { ...now, value, elsewhere };
      return { ...now, value, ...keep(now.key, value, own) };
    });
  }, []);
  const discard = useCallback((value) => {
    if (!otherThan(own.current, key)) lasting.remove(nameOf(key));
    own.current = null;
    setState({ ...fresh(key, value ?? initial), elsewhere: otherThan(null, key) });
  }, [key, initial]);
  return { ...state, change, discard };
}

/** What another tab has done with a draft since this one kept `own`: "changed", "removed", or null. */
function otherThan(own, key) {
  const kept = lasting.get(nameOf(key));
  if (kept === own) return null;
  return kept === null ? "removed" : "changed";
}

const fresh = (key, value) => ({ key, value, savedAt: null, restored: false, failed: false, elsewhere: null });

function begin(key, initial) {
  const kept = readDraft(key);
  return kept === null ? fresh(key, initial) : { ...fresh(key, kept.value ?? initial), savedAt: kept.savedAt ?? null, restored: true };
}

function keep(key, value, own) {
  const savedAt = new Date().toISOString();
  const text = JSON.stringify({ savedAt, value });
  if (!lasting.set(nameOf(key), text)) return { failed: true };
  own.current = text;
  return { savedAt, failed: false };
}
