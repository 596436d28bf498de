/* Values of a measure and limits of its classes in words. */

import { number, percent, sek, sekShort } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { NOTHING, UNKNOWN } from "./measures.js";

/** A value as it is told in full. */
export function valueText(measure, value) {
  if (value === null || value === undefined) return t("place.unknown");
  if (measure === "investments") return number(value);
  if (measure === "share_on_hold") return percent(value);
  if (measure === "area_type") return label("place.area_type", value);
  return sek(value);
}

/** The same where there is little room. */
export function valueShort(measure, value) {
  if (measure === "sek" && value !== null) return sekShort(value);
  if (measure === "area_type" && value !== null) return number(value);
  return valueText(measure, value);
}

/** A share that is neither nothing nor all is not told as if it were: "mer än 99 %". */
export function shareText(share) {
  if (share > 0.995 && share < 1) return t("place.share.almost_all");
  if (share > 0 && share < 0.005) return t("place.share.almost_nothing");
  return percent(share);
}

/** "5 000–20 000" of a class. */
export function classText(measure, found, { limits, negative }) {
  if (found === UNKNOWN) return t("place.legend.unknown");
  if (found === NOTHING) return negative ? t("place.legend.nothing_or_less") : label("place.legend.nothing", measure);
  if (measure === "area_type") return label("place.area_type", found);
  const [low, high] = [limits[found - 1], limits[found]];
  if (measure === "investments") return countText(low || 1, high);
  const short = shortening(measure, limits);
  if (high === undefined) return low === 0 ? t("place.legend.some") : t("place.legend.from", { low: short(low) });
  if (low === 0) return t("place.legend.under", { high: short(high) });
  // Without its unit where the number after it has the same.
  return t("place.legend.between", { low: measure === "per_resident" ? number(low) : short(low), high: short(high) });
}

/** Whole numbers: "1 – 3", "4", "10 eller mer". */
function countText(low, high) {
  if (high === undefined) return t("place.legend.from", { low: number(low) });
  return high - 1 > low ? t("place.legend.between", { low: number(low), high: number(high - 1) }) : number(low);
}

/** How limits are written: as short as they can be and still be told apart. */
function shortening(measure, limits) {
  if (measure === "share_on_hold") return (value) => percent(value);
  const apart = new Set(limits.map(sekShort)).size === limits.length;
  return measure === "sek" && apart ? sekShort : sek;
}
