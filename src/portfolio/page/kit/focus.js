/* The keyboard's place: it must not be lost when what had it is taken away. */

const INSIDE = "button:not([disabled]), a[href], input, select, textarea";

/** Where the keyboard can stand when its place is gone: in the open dialog, or else at the view's beginning. */
function refuge() {
  const dialogs = document.querySelectorAll("dialog[open]");
  return dialogs.length ? dialogs[dialogs.length - 1].querySelector(INSIDE) : document.getElementById("main");
}

/**
 * From now on, focus that would fall to nothing goes to the view: a button that vanishes when it is pressed, a link
 * whose view is drawn anew. Who knows a better place moves it there first, or afterwards.
 */
export function keepFocus(place) {
  let last = null;
  addEventListener("focusin", (event) => { last = event.target; });
  // A press beside everything lets go of focus on purpose.
  addEventListener("pointerdown", () => { last = null; }, { capture: true });
  new MutationObserver(() => {
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    last = null;
    refuge()?.focus({ preventScroll: true });
  }).observe(place, { childList: true, subtree: true });
}
