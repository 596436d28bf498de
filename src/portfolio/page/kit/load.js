/* Asking for something and showing what came, whatever came. */

import { useCallback, useEffect, useRef, useState } from "./dom.js";
import { language } from "./texts.js";
import { session } from "./session.js";
import { useStore } from "./store.js";

/**
 * `{value, error, loading, again}` of `loader({signal})`.
 *
 * Asked anew when `key` (a text), the language or the signed-in caller changes; what came last
 * stays in `value` meanwhile if `keep` is true. With `key` null nothing is asked. An answer that comes
 * too late is thrown away.
 */
export function useLoad(key, loader, { keep = false } = {}) {
  const spoken = useStore(language);
  const actor = useStore(session).me?.actor ?? "";
  const asked = key === null ? null : JSON.stringify([key, spoken, actor]);
  const [state, setState] = useState({ asked: null });
  const [turn, setTurn] = useState(0);
  const newest = useRef(loader);
  newest.current = loader;

  useEffect(() => {
    if (asked === null) return undefined;
    const control = new AbortController();
    Promise.resolve()
      .then(() => newest.current({ signal: control.signal }))
      .then((value) => setIfWanted({ asked, value, error: null }))
      .catch((error) => setIfWanted({ asked, value: undefined, error }));
    function setIfWanted(next) {
      if (!control.signal.aborted) setState(next);
    }
    return () => control.abort();
  }, [asked, turn]);

  const again = useCallback(() => {
    setState((now) => (now.error ? { asked: null } : now));
    setTurn((n) => n + 1);
  }, []);
  const settled = state.asked === asked;
  return {
    value: settled || keep ? state.value : undefined,
    error: settled ? state.error : null,
    loading: asked !== null && !settled,
    again,
  };
}
