/* The registrar's form: what the minutes say, set beside what it was decided on. */

import { getAll } from "../../kit/api.js";
import { html } from "../../kit/dom.js";
import { useLoad } from "../../kit/load.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { Loaded, MayNot, Nothing } from "../../parts/trouble.js";
import DecisionForm from "./decision_form.js";
import { FormHead } from "./forms.js";
import { gateName, isOwn, lastPosition, loadInvestment, loadStatusRow, positionOf, realisationPosition } from "./loading.js";
import { Receipt } from "./receipt.js";
import { inForce } from "./standing.js";

async function load(code, options) {
  const known = await loadInvestment(code, options);
  const [bodies, departments, levels, row, recommendations] = await Promise.all([
    getAll("/v1/bodies", options), getAll("/v1/departments", options), getAll("/v1/decision-levels", options),
    loadStatusRow(known.investment, options), getAll(`/v1/investments/${encodeURIComponent(code)}/recommendations`, options),
  ]);
  return { ...known, bodies, departments, levels, row, recommendations };
}

export default function Decision({ code, query, me }) {
  if (query.receipt) return html`<${Receipt} code=${code} id=${query.receipt} />`;
  return html`<${Asked} code=${code} me=${me} />`;
}

function Asked({ code, me }) {
  const loading = useLoad(`decision.${code}`, (options) => load(code, options), { keep: true });
  if (loading.value === undefined) return html`<h1>${t("work.decision")}</h1><${Loaded} load=${loading}>${() => null}</${Loaded}>`;
  return html`<${Known} known=${loading.value} reload=${loading.again} me=${me} />`;
}

function Known({ known, reload, me }) {
  const { investment, template, decisions } = known;
  const gate = gateName(template, investment.gate);
  const closed = ["stopped", "completed"].includes(investment.status);
  const allowed = may(me, "POST /v1/investments/{investment}/decisions") && isOwn(me, investment);
  return html`<${FormHead} title=${t("work.decision")} investment=${investment} gate=${gate}>
      ${allowed && template && html`<p class="lead">${t("work.decision.lead")}</p>`}</${FormHead}>
    ${!allowed ? html`<${MayNot} />`
      : !template ? html`<${Nothing} title=${t("work.no_program")}><p>${t("work.no_program.do")}</p></${Nothing}>`
        : html`<${DecisionForm} key=${investment.gate} known=${known} here=${whereItStands(known, closed)} latest=${inForce(decisions).at(-1) ?? null} reload=${reload} me=${me} />`}`;
}

function whereItStands({ investment, template }, closed) {
  const position = positionOf(template, investment.gate);
  return {
    closed, gate: investment.gate, position, last: lastPosition(template),
    atLastGate: position === lastPosition(template), pastStart: position >= realisationPosition(template),
  };
}
