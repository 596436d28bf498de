/* Where on the map: boxes with room and circles, in degrees. Pure. */

import { boxOf, positions } from "../../parts/geometry.js";

const METRES_PER_DEGREE = 111_320;
const CORNERS = 48;
/** A point alone is shown with its neighbourhood. */
const LEAST_METRES = 700;

/** `[west, south, east, north]` around geometries, with room; null of none. */
export function roomAround(geometries) {
  const box = boxOf(geometries);
  if (!box) return null;
  const [west, south, east, north] = box;
  const tall = Math.max((north - south) * 1.2, LEAST_METRES / METRES_PER_DEGREE);
  const wide = Math.max((east - west) * 1.2, LEAST_METRES / metresEast(north));
  const [x, y] = [(west + east) / 2, (south + north) / 2];
  return [x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2];
}

const metresEast = (latitude) => METRES_PER_DEGREE * Math.cos((latitude * Math.PI) / 180);

/** The ground around points within `metres`, near enough to be drawn; null of other geometries. */
export function ringsAround(geometry, metres) {
  if (!metres || !["Point", "MultiPoint"].includes(geometry.type)) return null;
  return { type: "MultiPolygon", coordinates: positions(geometry).map((one) => [ring(one, metres)]) };
}

function ring([longitude, latitude], metres) {
  return Array.from({ length: CORNERS + 1 }, (_, i) => {
    const angle = ((i % CORNERS) / CORNERS) * 2 * Math.PI;
    return [longitude + (Math.cos(angle) * metres) / metresEast(latitude), latitude + (Math.sin(angle) * metres) / METRES_PER_DEGREE];
  });
}
