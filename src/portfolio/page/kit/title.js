/* What the window and the browser's history call the view. */

import { useEffect } from "./dom.js";
import { store } from "./store.js";

/** The name of what is shown (a program, an investment), or null where the view's own will do. */
export const shownName = store(null);

/** Names the window after what is shown, as long as it is. */
export function useName(name) {
  useEffect(() => {
    shownName.set(name ?? null);
    return () => shownName.set(null);
  }, [name]);
}
