/* A value that tells those who look at it when it changes. */

import { useEffect, useState } from "./dom.js";

/** `{get, set, subscribe}`; `set` takes a value or a function of the present one. */
export function store(initial) {
  let value = initial;
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      const made = typeof next === "function" ? next(value) : next;
      if (Object.is(made, value)) return;
      value = made;
      for (const listener of [...listeners]) listener(value);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The present value of a store; the component is drawn again when it changes. */
export function useStore(source) {
  const [, redraw] = useState(0);
  useEffect(() => {
    // It may have changed between drawing and now.
    redraw((n) => n + 1);
    return source.subscribe(() => redraw((n) => n + 1));
  }, [source]);
  return source.get();
}
