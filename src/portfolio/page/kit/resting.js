/* Waiting until somebody rests: a server is not asked about each step of a slider, nor about each letter. */

import { useEffect, useRef, useState } from "./dom.js";

const TYPING_MS = 250;

/** Resolves after the rest, unless it is broken off. */
export function resting(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** `[text, type]` of a field: what is typed is shown at once, and given to `settle` when the typing rests. */
export function useTyped(kept, settle) {
  const [typed, type] = useState(null);
  const newest = useRef(settle);
  newest.current = settle;
  useEffect(() => {
    if (typed === null) return undefined;
    const control = new AbortController();
    resting(TYPING_MS, control.signal).then(() => {
      newest.current(typed);
      // What was typed since then waits for its own rest.
      type((now) => (now === typed ? null : now));
    }, () => {});
    return () => control.abort();
  }, [typed]);
  return [typed ?? kept, type];
}
