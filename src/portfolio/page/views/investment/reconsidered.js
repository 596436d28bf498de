/* Why an investment is to be reconsidered (G13), in the API's own comparisons at the decided price level. */

import { getAll, query } from "../../kit/api.js";
import { percent, sek, toOre } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { t } from "../../kit/texts.js";

/** The comparisons that exceed their tolerance; none where it is not to be reconsidered. */
export function useExceeded({ code, status, program, department }) {
  const asked = status === "reconsideration_required" ? `exceeded ${code}` : null;
  return useLoad(asked, async (options) => {
    const found = await getAll(`/v1/reports/deviations${query({ program, department })}`, options);
    return found.filter((one) => one.investment === code && one.exceeds);
  }).value ?? [];
}

/** By how much, where it is known: the forecast, the operating consequence, or both; null where neither tells. */
export function causeText(exceeded) {
  // The keys are literal, so that one that is missing or of no use is found.
  const told = {
    forecast_against_decided: (by) => t("investment.exceeded.forecast", by),
    consequence_against_decided: (by) => t("investment.exceeded.consequence", by),
  };
  const known = exceeded.filter((one) => Object.hasOwn(told, one.kind));
  return known.map((one) => told[one.kind]({ amount: sek(one.deviation), share: shareText(one) })).join(" ") || null;
}

/** Of what was decided, if that is anything. */
function shareText({ expected, percent: over }) {
  return toOre(expected) === 0n || over === null ? "" : ` (${percent(over / 100)})`;
}
