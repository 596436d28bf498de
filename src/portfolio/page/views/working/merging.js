/* Two versions of the same round: where they differ, and one made of both. */

import { valueAt, withValue } from "./pointers.js";

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

function leaves(value, pointer = "") {
  if (!isObject(value)) return [pointer];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${pointer}/${name}`));
}

/**
 * Where `mine` and `theirs` differ, field by field; a list is one field.
 *
 * `base` is what both began from: `suggested` is the side that alone has changed it, or null where both
 * have, so that the reader must say.
 */
export function differences(base, mine, theirs) {
  return leaves(theirs)
    .filter((pointer) => !same(valueAt(mine, pointer), valueAt(theirs, pointer)))
    .map((pointer) => {
      const [was, ours, others] = [base, mine, theirs].map((one) => valueAt(one, pointer));
      const suggested = same(was, ours) ? "theirs" : same(was, others) ? "mine" : null;
      return { pointer, mine: ours, theirs: others, suggested };
    });
}

/** `theirs` with my value wherever `choices[pointer]` is "mine". */
export function merged(mine, theirs, choices) {
  return Object.entries(choices)
    .filter(([, side]) => side === "mine")
    .reduce((made, [pointer]) => withValue(made, pointer, valueAt(mine, pointer)), theirs);
}
