/* The consequence can't be counted without internal rates: who does what about it. */

import { html } from "../../kit/dom.js";
import { may, useMe } from "../../kit/session.js";
import { t } from "../../kit/texts.js";

export function RatesMissing({ error, again }) {
  const me = useMe();
  return html`<div class="nothing" role="status"><p class="trouble-title">${t("money.rates.title")}</p>
    <p>${error.problem.detail}</p>
    <p>${t("money.rates.why")}</p>
    <p>${may(me, "POST /v1/internal-rates") ? t("money.rates.you") : t("money.rates.ask")} <a href="/docs">${t("shell.api")}</a></p>
    <p><button type="button" class="button" onClick=${again}>${t("trouble.again")}</button></p>
  </div>`;
}
