/* The last look before a decision is registered: it is never changed after. */

import { html } from "../../kit/dom.js";
import { day, sek } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { Facts } from "./forms.js";
import { gateName } from "./loading.js";

export function ConfirmDecision({ body, known, close, confirm }) {
  return html`<${Dialog} title=${t("work.confirm.title")} close=${close}>
    <p>${t("work.confirm.lead")}</p>
    <${Facts} facts=${summary(body, known)} />
    <p class="row"><button type="button" class="button primary" onClick=${confirm}>${t("work.confirm")}</button>
      <button type="button" class="button" onClick=${close}>${t("work.go_back")}</button></p>
  </${Dialog}>`;
}

function summary(body, { bodies, template, investment }) {
  const by = bodies.find((one) => one.code === body.decided_by)?.name ?? body.decided_by;
  const field = (name) => label("work.field", name);
  return [
    [t("work.confirm.investment"), `${investment.code} ${investment.name}`],
    [field("outcome"), `${label("outcome", body.outcome)} – ${gateName(template, body.gate)}`],
    [field("decided_by"), by],
    [field("decided_on"), day(body.decided_on)],
    [field("case_number"), body.case_number],
    ...(body.released_amount ? [[field("released_amount"), sek(body.released_amount)]] : []),
    ...(body.benefit_result ? [[field("benefit_result"), label("benefit_result", body.benefit_result)]] : []),
    ...(body.review_on ? [[field("review_on"), day(body.review_on)]] : []),
    ...(body.return_to ? [[field("return_to"), gateName(template, body.return_to)]] : []),
    ...(body.to_gate ? [[field("to_gate"), gateName(template, body.to_gate)]] : []),
    ...(body.conditions?.length ? [[t("work.conditions"), String(body.conditions.length)]] : []),
    ...(body.supersedes ? [[field("supersedes"), t("work.confirm.supersedes")]] : []),
  ];
}
