/* What the map can be coloured by, and how its values are divided into classes. Nothing here draws. */

export const MEASURES = ["investments", "sek", "per_resident", "share_on_hold", "area_type"];
const MOST_CLASSES = 5;
// Shares have the same limits in every municipality, so that two maps can be compared.
const SHARE_LIMITS = [0, 0.25, 0.5, 0.75];
export const AREA_TYPES = [1, 2, 3, 4, 5];

/** Classes beside those of little to much. */
export const UNKNOWN = -1;
export const NOTHING = 0;

/** The value of an area (properties of `portfolios-{scheme}`) in a measure: a number, or null when it is not known. */
export function valueOf(measure, area) {
  if (measure === "sek") return area.planned_total ?? area.decided_total;
  // Where nothing is open nothing waits: that is known.
  if (measure === "share_on_hold") return area.share_on_hold ?? 0;
  return area[measure] ?? null;
}

/**
 * `{limits, negative, classOf(value)}`: class 1 begins at `limits[0]`, class 2 at `limits[1]` and so on.
 *
 * `NOTHING` is nought or less (`negative` tells whether any is less), `UNKNOWN` what is not known. An area type is its own class.
 */
export function classesOf(measure, areas) {
  if (measure === "area_type") return { limits: AREA_TYPES, negative: false, classOf: (value) => value ?? UNKNOWN };
  const values = areas.map((area) => valueOf(measure, area));
  const positive = values.filter((value) => value > 0).sort((a, b) => a - b);
  const limits = measure === "share_on_hold" ? SHARE_LIMITS : limitsOf(positive);
  return { limits, negative: values.some((value) => value < 0), classOf: (value) => classIn(limits, value) };
}

function classIn(limits, value) {
  if (value === null || value === undefined) return UNKNOWN;
  if (value <= 0) return NOTHING;
  let found = 1;
  while (found < limits.length && value >= limits[found]) found += 1;
  return found;
}

/**
 * Limits that put about as many of the sorted positive values in each class, as round as they can be. No class is
 * empty: where many areas have the same value the next limit is above it.
 */
export function limitsOf(sorted) {
  const wanted = Math.min(MOST_CLASSES, new Set(sorted).size);
  // So far a limit may be moved to a round number.
  const play = Math.floor(sorted.length / wanted / 4);
  const limits = wanted ? [0] : [];
  for (let i = 1; i < wanted; i += 1) {
    const place = Math.floor((i * sorted.length) / wanted);
    const least = sorted.find((value) => value >= limits.at(-1));
    const above = sorted.find((value) => value > least);
    if (above === undefined) break;
    const high = Math.max(above, sorted[Math.min(place + play, sorted.length - 1)]);
    const low = Math.max(least, below(sorted, Math.max(place - play, 0), high));
    limits.push(roundestBetween(low, high, sorted[place]));
  }
  return limits;
}

/** The value before a place that is less than `high`; nought if there is none. */
function below(sorted, place, high) {
  return sorted.slice(0, place).findLast((value) => value < high) ?? 0;
}

/** The number above `low` and at most `high` with the fewest digits, near `wanted`: 20 000 between 18 411 and 23 002. */
export function roundestBetween(low, high, wanted = high) {
  for (let digits = 0; digits < 15; digits += 1) {
    const step = 10 ** (Math.floor(Math.log10(high)) - digits);
    const found = [Math.round(wanted / step), Math.floor(high / step)].map((times) => Number((times * step).toPrecision(15)));
    const fitting = found.find((number) => number > low && number <= high);
    if (fitting !== undefined) return fitting;
  }
  return high;
}

/** How many areas there are of each class: `Map(class → number)`. */
export function countByClass(measure, areas, classes) {
  const counts = new Map();
  for (const area of areas) {
    const found = classes.classOf(valueOf(measure, area));
    counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return counts;
}

/** About how many investments lie on the map: one in several areas counts in each. */
export function countOf(areas) {
  return areas.reduce((count, area) => count + area.investments, 0);
}

/** The token of the colour of a class: the ramp of `css/tokens.css`, spread over as many classes as there are. */
export function colourOf(measure, found, classes) {
  if (found === UNKNOWN) return "map-paper";
  if (found === NOTHING) return "ramp-0";
  // Type 1 has the greatest challenges and stands out the most.
  if (measure === "area_type") return `ramp-${AREA_TYPES.length + 1 - found}`;
  const count = classes.limits.length;
  return `ramp-${count <= 1 ? 4 : 1 + Math.round(((found - 1) * 5) / (count - 1))}`;
}

/** The areas with most of a measure first; those without any are not in it. Type 1 comes before type 5. */
export function ranked(measure, areas) {
  const sign = measure === "area_type" ? 1 : -1;
  return areas
    .filter((area) => valueOf(measure, area) > 0)
    .sort((a, b) => sign * (valueOf(measure, a) - valueOf(measure, b)) || a.code.localeCompare(b.code));
}

/** Areas whose name or code holds the text. */
export function found(areas, text) {
  const sought = text.trim().toLocaleLowerCase("sv");
  if (!sought) return areas;
  return areas.filter((area) => `${area.name} ${area.code}`.toLocaleLowerCase("sv").includes(sought));
}
