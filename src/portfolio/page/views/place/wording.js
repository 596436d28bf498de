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

/** "5 000–20 000" of a class. */
export function classText(measure, found, { limits }) {
  if (found === UNKNOWN) return t("place.legend.unknown");
  if (found === NOTHING) return label("place.legend.nothing", measure);
  if (measure === "area_type") return label("place.area_type", found);
  const [low, high] = [limits[found - 1], limits[found]];
  if (measure === "investments") return countText(low || 1, high);
  if (high === undefined) return low === 0 ? t("place.legend.some") : t("place.legend.from", { low: short(measure, low) });
  return low === 0 ? t("place.legend.under", { high: short(measure, high) }) : t("place.legend.between", { low: bare(measure, low), high: short(measure, high) });
}

/** Whole numbers: "1 – 3", "4", "10 eller mer". */
function countText(low, high) {
  if (high === undefined) return t("place.legend.from", { low: number(low) });
  return high - 1 > low ? t("place.legend.between", { low: number(low), high: number(high - 1) }) : number(low);
}

function short(measure, value) {
  if (measure === "share_on_hold") return percent(value);
  return measure === "sek" ? sekShort(value) : sek(value);
}

/** Without its unit where the number after it has the same. */
function bare(measure, value) {
  return measure === "per_resident" ? number(value) : short(measure, value);
}
