/* What the browser keeps for the page. One that forbids it keeps nothing, and the page works all the same. */

/** `{get, set, remove, names}`; `set` answers whether it was kept, the others never fail. */
function keeper(storage) {
  const tried = (act, otherwise) => {
    try {
      return act(storage());
    } catch {
      return otherwise;
    }
  };
  return {
    get: (name) => tried((kept) => kept.getItem(name), null),
    set: (name, text) => tried((kept) => (kept.setItem(name, text), true), false),
    remove: (name) => tried((kept) => kept.removeItem(name), undefined),
    names: () => tried((kept) => Object.keys(kept), []),
  };
}

// Even to name the storage fails where it is forbidden.
/** Kept until it is taken away. */
export const lasting = keeper(() => localStorage);
/** Kept as long as the tab. */
export const ofTab = keeper(() => sessionStorage);
