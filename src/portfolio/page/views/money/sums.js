/* The sums that lead: what was decided, what is expected now, what has been paid. All are the API's. */

import { html } from "../../kit/dom.js";
import { t } from "../../kit/texts.js";
import { Deviation, typeOf } from "./columns.js";
import { written } from "./amounts.js";

export function Sums({ totals, count, query, unit }) {
  const type = typeOf(query) === "all" ? "total" : typeOf(query);
  const deviation = type === "total" ? totals.deviation : totals[`deviation_${type}`];
  return html`<dl class="money-sums">
    <${Sum} name=${t("money.sum.count")} value=${String(count)} />
    <${Sum} name=${t("money.column.decided")} value=${written(totals[`decided_${type}`], unit)} unit=${unit} />
    <${Sum} name=${t("money.column.forecast")} value=${written(totals[`forecast_${type}`], unit)} unit=${unit} />
    <${Sum} name=${t("money.column.deviation")} value=${html`<${Deviation} amount=${deviation} unit=${unit} />`} unit=${unit} />
    <${Sum} name=${t("money.column.outcome")} value=${written(totals[`outcome_${type}`], unit)} unit=${unit} />
    <${Sum} name=${t("money.column.remaining_to_release")} value=${written(totals.remaining_to_release, unit)} unit=${unit} />
  </dl>`;
}

/** A figure and what it is. */
export function Sum({ name, value, unit, sign }) {
  return html`<div class="money-sum"><dt>${sign && html`<span class=${`money-sign ${sign}`} aria-hidden="true"></span>`}${name}</dt>
    <dd>${value}${unit && html` <span class="money-unit">${unit}</span>`}</dd></div>`;
}
