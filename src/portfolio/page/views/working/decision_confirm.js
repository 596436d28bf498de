/* The last look before a decision is registered, with all that is sent: it is never changed after. */

import { html } from "../../kit/dom.js";
import { day, moment, sum } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { sekExactly } from "./amounts.js";
import { Facts } from "./forms.js";
import { gateName } from "./loading.js";

export function ConfirmDecision({ body, known, ground, close, confirm }) {
  return html`<${Dialog} title=${t("work.confirm.title")} close=${close} wide>
    <p>${t("work.confirm.lead")}</p>
    <div class="work-confirm"><${Facts} facts=${[...whatIsDecided(body, known, ground), ...asMinuted(body, known), ...ofOutcome(body, known)]} /></div>
    <p class="row"><button type="button" class="button primary" onClick=${confirm}>${t("work.confirm")}</button>
      <button type="button" class="button" onClick=${close}>${t("work.go_back")}</button></p>
  </${Dialog}>`;
}

const field = (name) => label("work.field", name);
/** A row for each of `names` that the body has, read by `as`. */
const given = (body, names, as = (value) => value) => names.filter((name) => body[name]).map((name) => [field(name), as(body[name])]);
const listed = (lines) => html`<ul class="work-confirm-list">${lines.map((one, i) => html`<li key=${i} dir="auto">${one}</li>`)}</ul>`;
const said = (...parts) => parts.filter(Boolean).join(" · ");

function whatIsDecided(body, { investment, template, decisions }, { round }) {
  const gone = body.supersedes && decisions.find((one) => one.id === body.supersedes);
  return [
    [t("work.confirm.investment"), `${investment.code} ${investment.name}`],
    [field("outcome"), `${label("outcome", body.outcome)} – ${gateName(template, body.gate)}`],
    ...(gone ? [[field("supersedes"), said(label("outcome", gone.outcome), gateName(template, gone.gate), day(gone.decided_on), gone.case_number)]] : []),
    ...(body.round ? [[t("work.confirm.round"), t("work.round.of", { round: body.round, at: moment(round.submitted_at) })],
      [t("work.round.total"), sekExactly(round.frozen?.total)]] : []),
  ];
}

function asMinuted(body, { bodies }) {
  const { delegation } = body;
  return [
    [field("decided_by"), bodies.find((one) => one.code === body.decided_by)?.name ?? body.decided_by],
    [field("decided_on"), day(body.decided_on)],
    ...given(body, ["case_number", "minutes_paragraph", "reason"]),
    ...(delegation ? [[field("delegation"), said(delegation.point, delegation.official,
      delegation.reported_on && t("work.confirm.reported", { on: day(delegation.reported_on) }))]] : []),
  ];
}

function ofOutcome(body, { template, departments }) {
  const lines = body.decided_lines ?? [];
  return [
    ...given(body, ["benefit_result"], (code) => label("benefit_result", code)),
    ...given(body, ["hold_category"], (code) => label("hold_category", code)),
    ...given(body, ["review_on"], day),
    ...given(body, ["return_to", "to_gate"], (code) => gateName(template, code)),
    ...given(body, ["lesson"]),
    ...(body.outweighings ?? []).map((one) => [t("work.outweigh", { step: label("step", one.weak) }),
      `${one.strong.map((step) => label("step", step)).join(", ")}. ${one.reason}`]),
    ...(body.conditions?.length ? [[t("work.conditions"), listed(body.conditions.map((one) =>
      said(one.text, one.owner, one.due_on && t("work.condition.due", { on: day(one.due_on) }))))]] : []),
    ...given(body, ["released_amount"], sekExactly),
    ...(lines.length ? [[field("decided_lines"), listed(lines.map((one) => lineText(one, departments)))]] : []),
    ...["expense", "income"].filter((way) => lines.some((one) => one.direction === way)).map((way) =>
      [label("work.confirm.sum", way), sekExactly(sum(lines.filter((one) => one.direction === way).map((one) => one.amount)))]),
  ];
}

function lineText(line, departments) {
  return said(String(line.year), label("type", line.type), label("work.direction", line.direction),
    departments.find((one) => one.code === line.department)?.name ?? line.department, line.account,
    sekExactly(line.amount), line.price_level && t("work.confirm.price_level", { year: line.price_level }));
}
