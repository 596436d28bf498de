/* Where the name of each area stands: once, in the largest part of it that is in sight. */

const ROOM_FOR = 150;
/** Pixels of a letter at the size that names have, and how many of them a line holds (`text-max-width`). */
const LETTER = 6.2;
const LETTERS = 13;
/** The map breaks lines only between words: no word is longer than this, and no name than four lines. */
const LONGEST_WORD = 17;
const LONGEST_NAME = 4 * LETTERS;
const WORD = /[^\s\-–/&()+]+/gu;
/** A name may reach a little beyond its area, but not beyond the window. */
const FITS = 0.8;
const MARGIN = { across: 50, along: 20 };

/**
 * GeoJSON points of the names of the areas in sight that have room for them; none when the areas are too many.
 *
 * `features` are those that the map has in its tiles: an area may lie in several. `frame` is `{bounds, width, height}`:
 * degrees `[west, south, east, north]` and pixels. `prefix` is left out of the names.
 */
export function namePoints(features, frame, prefix = "") {
  const best = new Map();
  const window = within(frame);
  for (const feature of features) {
    for (const ring of outerRings(feature.geometry)) {
      const seen = cut(ring, window);
      const size = Math.abs(surface(seen));
      if (size > (best.get(feature.id)?.size ?? 0)) best.set(feature.id, { size, ring: seen, name: shortened(feature.properties.name.slice(prefix.length)) });
    }
    if (best.size > ROOM_FOR) return collection([]);
  }
  return collection([...best.values()].flatMap((one) => named(one, frame)));
}

function within({ bounds: [west, south, east, north], width, height }) {
  const [x, y] = [(MARGIN.across * (east - west)) / width, (MARGIN.along * (north - south)) / height];
  return [west + x, south + y, east - x, north - y];
}

function named({ size, ring, name }, { bounds: [west, , east], width }) {
  const { point, stretch } = middle(ring);
  const letters = Math.min(name.length, LETTERS);
  if ((stretch * width) / (east - west) < letters * LETTER * FITS) return [];
  return [{ type: "Feature", properties: { name, size }, geometry: { type: "Point", coordinates: point } }];
}

function shortened(name) {
  return kept(name.replaceAll(WORD, (word) => kept(word, LONGEST_WORD)), LONGEST_NAME);
}

/** At most so many letters, the last of them "…" if there were more. */
function kept(text, most) {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("").trimEnd()}…` : text;
}

/** What all names begin with, whole words only: "RegSO-" says nothing on a map where every name has it. */
export function commonPrefix(names) {
  if (names.length < 3) return "";
  const [first, last] = [names.reduce((a, b) => (a < b ? a : b)), names.reduce((a, b) => (a > b ? a : b))];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  const shared = /^.*[\s-]/u.exec(first.slice(0, length));
  return shared && names.every((name) => name.length > shared[0].length) ? shared[0] : "";
}

function collection(features) {
  return { type: "FeatureCollection", features };
}

function outerRings(geometry) {
  if (geometry.type === "Polygon") return [geometry.coordinates[0]];
  return geometry.type === "MultiPolygon" ? geometry.coordinates.map((polygon) => polygon[0]) : [];
}

/** What of a ring is in the window (Sutherland and Hodgman's clipping, side by side). */
function cut(ring, [west, south, east, north]) {
  const sides = [[0, west, 1], [0, east, -1], [1, south, 1], [1, north, -1]];
  return sides.reduce((points, [axis, edge, sign]) => {
    const inside = (point) => sign * (point[axis] - edge) >= 0;
    return points.flatMap((point, i) => {
      const before = points.at(i - 1);
      if (inside(point) === inside(before)) return inside(point) ? [point] : [];
      const crossing = between(before, point, (edge - before[axis]) / (point[axis] - before[axis]));
      return inside(point) ? [crossing, point] : [crossing];
    });
  }, ring);
}

function between(a, b, share) {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
}

function surface(ring) {
  return ring.reduce((sum, [x, y], i) => {
    const [before, above] = ring.at(i - 1);
    return sum + before * y - x * above;
  }, 0) / 2;
}

/** On the horizontal through the middle of its height, in the widest stretch inside: always on the area itself. */
function middle(ring) {
  const heights = ring.map((point) => point[1]);
  const y = (Math.min(...heights) + Math.max(...heights)) / 2;
  const crossings = ring.flatMap((point, i) => {
    const before = ring.at(i - 1);
    return (before[1] > y) === (point[1] > y) ? [] : [between(before, point, (y - before[1]) / (point[1] - before[1]))[0]];
  }).sort((a, b) => a - b);
  let widest = [ring[0][0], ring[0][0]];
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    if (crossings[i + 1] - crossings[i] > widest[1] - widest[0]) widest = [crossings[i], crossings[i + 1]];
  }
  return { point: [(widest[0] + widest[1]) / 2, y], stretch: widest[1] - widest[0] };
}
