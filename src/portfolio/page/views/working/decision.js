/* The registrar's form: what the minutes say, set beside what it was decided on. */

import { getAll } from "../../kit/api.js";
import { html } from "../../kit/dom.js";
import { useLoad } from "../../kit/load.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { Loaded, MayNot, Nothing, Trouble } from "../../parts/trouble.js";
import DecisionForm from "./decision_form.js";
import { groundFor, latestOf } from "./decision_ground.js";
import { mayRegister } from "./deciders.js";
import { FormHead } from "./forms.js";
import { useFormer } from "./keeping.js";
import { gateName, isOwn, loadInvestment, loadStatusRow } from "./loading.js";
import { Receipt } from "./receipt.js";

async function load(code, options) {
  const known = await loadInvestment(code, options);
  const [bodies, departments, levels, row, recommendations] = await Promise.all([
    getAll("/v1/bodies", options), getAll("/v1/departments", options), getAll("/v1/decision-levels", options),
    loadStatusRow(known.investment, options), getAll(`/v1/investments/${encodeURIComponent(code)}/recommendations`, options),
  ]);
  return { ...known, bodies, departments, levels, row, recommendations };
}

export default function Decision({ code, query, me }) {
  if (query.receipt) return html`<${Receipt} key=${query.receipt} code=${code} id=${query.receipt} changed=${query.changed} />`;
  return html`<${Asked} code=${code} me=${me} />`;
}

function Asked({ code, me }) {
  const loading = useLoad(`decision.${code}`, (options) => load(code, options), { keep: true });
  const known = useFormer(loading, code);
  if (known === undefined) return html`<h1>${t("work.decision")}</h1><${Loaded} load=${loading}>${() => null}</${Loaded}>`;
  const gate = gateName(known.template, known.investment.gate);
  const hindrance = hindranceTo(known, me);
  return html`<${FormHead} title=${t("work.decision")} investment=${known.investment} gate=${gate}>
      ${!hindrance && html`<p class="lead">${t("work.decision.lead")}</p>`}</${FormHead}>
    ${loading.error && html`<${Trouble} error=${loading.error} again=${loading.again} />`}
    ${hindrance ?? html`<${DecisionForm} key=${code} known=${known} reload=${loading.again} me=${me} />`}`;
}

/** What is said instead of the form, where the caller or the investment can have none; or null. */
function hindranceTo(known, me) {
  if (!may(me, "POST /v1/investments/{investment}/decisions") || !isOwn(me, known.investment)) return html`<${MayNot} />`;
  if (!known.template) return html`<${Nothing} title=${t("work.no_program")}><p>${t("work.no_program.do")}</p></${Nothing}>`;
  const latest = latestOf(known.decisions);
  const grounds = [groundFor(known, null), ...(latest ? [groundFor(known, latest)] : [])];
  return mayRegister(me, known, grounds) ? null
    : html`<${Nothing} title=${t("work.decision.programs")}><p>${t("work.decision.programs.do")}</p><p><a href="#/work">${t("work.to_list")}</a></p></${Nothing}>`;
}
