/* What every form of this view does for what is written in it: keeps it in view, and says where it is kept. */

import { html, useEffect, useRef } from "../../kit/dom.js";
import { label } from "../../kit/texts.js";

/** What a load of a form gave last: a failed reload takes no form away. `name` tells one form from another. */
export function useFormer(loading, name) {
  const former = useRef({ name, value: undefined });
  if (former.current.name !== name) former.current = { name, value: undefined };
  if (loading.value !== undefined) former.current.value = loading.value;
  return former.current.value;
}

/** As long as the browser keeps nothing of a draft, it asks before the page is left. */
export function useLeaveWarning({ failed }) {
  useEffect(() => {
    if (!failed) return undefined;
    const warn = (event) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [failed]);
}

/** Told where the same form is written in another tab too: nothing of it is taken over, nor written over unsaid. */
export function Elsewhere({ draft }) {
  if (!draft.elsewhere) return null;
  return html`<p class="work-note" role="alert">${label("work.elsewhere", draft.elsewhere)}</p>`;
}
