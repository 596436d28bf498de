/* Boxes around geometries, in degrees. Pure. */

/** Every position of a GeoJSON geometry. */
export function positions(geometry) {
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(positions);
  const found = [];
  const walk = (part) => (typeof part[0] === "number" ? found.push(part) : part.forEach(walk));
  walk(geometry.coordinates);
  return found;
}

/** `[west, south, east, north]` around geometries, of which some may be null; null of none. */
export function boxOf(geometries) {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  // Not Math.min(...): a coast has more corners than a call has room for arguments.
  for (const [x, y] of geometries.filter(Boolean).flatMap(positions)) {
    [west, east] = [Math.min(west, x), Math.max(east, x)];
    [south, north] = [Math.min(south, y), Math.max(north, y)];
  }
  return west <= east ? [west, south, east, north] : null;
}
