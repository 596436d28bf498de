/* A question that must be answered before anything else: the browser's own dialog. */

import { html, useEffect, useId, useRef } from "../kit/dom.js";
import { t } from "../kit/texts.js";

/** Shown as long as it is drawn; Escape and the cross call `close`. */
export function Dialog({ title, close, children, wide = false }) {
  const dialog = useRef(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    return () => before?.focus?.();
  }, []);
  return html`<dialog ref=${dialog} class=${wide ? "dialog dialog-wide" : "dialog"} aria-labelledby=${id} onClose=${close}>
    <div class="dialog-head"><h2 id=${id}>${title}</h2>
      <button type="button" class="button quiet" onClick=${() => dialog.current.close()}>${t("shell.close")}</button></div>
    ${children}
  </dialog>`;
}
