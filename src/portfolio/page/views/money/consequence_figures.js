/* What leads above the chart, and what of a scheme lies in no area. */

import { sum, toOre, percent } from "../../kit/format.js";
import { html } from "../../kit/dom.js";
import { t } from "../../kit/texts.js";
import { RELIEFS } from "../../parts/consequence_parts.js";
import { written } from "./amounts.js";
import { Sum } from "./sums.js";

/** The years of all departments, or of one. */
export function yearsOf(found, borneBy) {
  if (!borneBy) return found.years;
  return found.by_department?.find((one) => one.department === borneBy)?.years ?? [];
}

/** The API's totals of all; of one department added up here, to the öre. */
export function totalsOf(found, borneBy) {
  if (!borneBy) return found.totals;
  const years = yearsOf(found, borneBy);
  return Object.fromEntries(Object.keys(found.totals).map((key) => [key, sum(years.map((year) => year[key]))]));
}

/** The year that costs most; the first of those that cost the same. */
export function dearest(years) {
  return years.reduce((best, year) => (!best || toOre(year.total) > toOre(best.total) ? year : best), null);
}

export function Figures({ found, query, unit }) {
  const years = yearsOf(found, query.borne_by);
  if (!years.length) return null;
  const totals = totalsOf(found, query.borne_by);
  const most = dearest(years);
  const span = { first: years[0].year, last: years.at(-1).year };
  return html`<dl class="money-sums">
    <${Sum} name=${t("money.sum.total", span)} value=${written(totals.total, unit)} unit=${unit} />
    <${Sum} name=${t("money.sum.capital_cost")} value=${written(totals.capital_cost, unit)} unit=${unit} />
    <${Sum} name=${t("money.sum.relief")} value=${written(sum(RELIEFS.map((key) => totals[key])), unit)} unit=${unit} />
    <${Sum} name=${t("money.sum.dearest", { year: most.year })} value=${written(most.total, unit)} unit=${unit} />
  </dl>`;
}

/** A sum over areas says what is in none of them (A7). */
export function Located({ found, unit, scheme, names }) {
  const name = names.schemes.find((one) => one.code === scheme)?.name ?? scheme;
  const amount = (key) => `${written(found[key], unit)} ${unit}`;
  return html`<section class="money-located"><h3>${t("money.located", { name })}</h3>
    <p class="soft">${t("money.located.lead")}</p>
    <dl class="money-facts">
      <div><dt>${t("money.located.total")}</dt><dd>${amount("scheme_total")}</dd></div>
      <div><dt>${t("money.located.outside")}</dt><dd>${amount("outside")}</dd></div>
      <div><dt>${t("money.located.municipality")}</dt><dd>${amount("municipality_wide")}</dd></div>
      <div><dt>${t("money.located.not")}</dt><dd>${amount("not_located")}</dd></div>
      <div><dt>${t("money.located.share")}</dt><dd>${percent(found.located_share)}</dd></div>
    </dl></section>`;
}
