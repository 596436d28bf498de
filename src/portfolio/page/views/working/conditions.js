/* The conditions of an investment's decisions, and the day each was met. */

import { html, useRef } from "../../kit/dom.js";
import { drafts } from "../../kit/drafts.js";
import { day, today } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { Loaded, Nothing, Trouble } from "../../parts/trouble.js";
import { Mark, Reopen } from "./condition_marks.js";
import { FormHead } from "./forms.js";
import { useFormer } from "./keeping.js";
import { KeptText } from "./kept.js";
import { gateName, isOwn, loadInvestment, loadStatusRow, positionOf, realisationPosition } from "./loading.js";
import { inForce } from "./standing.js";

async function load(code, me, options) {
  const known = await loadInvestment(code, options);
  const row = me.role === "department" ? await loadStatusRow(known.investment, options) : null;
  return { ...known, row };
}

/** A department follows up where its own committee decides (S2); a key of bodies what they have decided. */
function marksOf(me, { investment, template, row }) {
  const allowed = may(me, "PATCH /v1/investments/{investment}/decisions/{id}/conditions/{n}") && isOwn(me, investment);
  const partial = () => row?.steering === "partial" && template && positionOf(template, investment.gate) >= realisationPosition(template);
  const here = allowed && (me.role !== "department" || partial());
  return (decision) => Boolean(here) && (!me.bodies.length || me.bodies.includes(decision.decided_by));
}

export default function Conditions({ code, me }) {
  const loading = useLoad(`conditions.${code}`, (options) => load(code, me, options), { keep: true });
  const known = useFormer(loading, code);
  if (known === undefined) return html`<h1>${t("work.conditions.title")}</h1><${Loaded} load=${loading}>${() => null}</${Loaded}>`;
  const { investment, template, decisions } = known;
  const found = inForce(decisions).flatMap((decision) => decision.conditions.map((condition) => (
    { decision, condition, name: `condition.${code}.${decision.id}.${condition.n}` })));
  const marks = marksOf(me, known);
  return html`<${FormHead} title=${t("work.conditions.title")} investment=${investment} />
    ${loading.error && html`<${Trouble} error=${loading.error} again=${loading.again} />`}
    ${!found.length && html`<${Nothing} title=${t("work.conditions.none")}><p><a href="#/work">${t("work.to_list")}</a></p></${Nothing}>`}
    <div class="work-conditions stack">
      ${found.map((one) => html`<${Condition} key=${one.name} ...${one} code=${code}
        gate=${gateName(template, one.decision.gate)} allowed=${marks(one.decision)} reload=${loading.again} />`)}
      ${leftOver(code, found).map((name) => html`<${KeptText} key=${name} name=${name} why=${t("work.kept.superseded")} />`)}
    </div>`;
}

/** What was written for conditions of a decision that is in force no more. */
function leftOver(code, found) {
  const shown = new Set(found.map((one) => one.name));
  return drafts().map((draft) => draft.key).filter((key) => key.startsWith(`condition.${code}.`) && !shown.has(key));
}

function Condition({ code, decision, condition, name, gate, allowed, reload }) {
  const heading = useRef(null);
  const late = !condition.met_on && condition.due_on && condition.due_on < today();
  const id = `work-condition-${decision.id}-${condition.n}`;
  // The form goes when it has done its work; the keyboard stays with the condition.
  const done = () => {
    heading.current?.focus();
    reload();
  };
  return html`<section class="card work-condition" aria-labelledby=${id}>
    <h2 id=${id} ref=${heading} tabindex="-1" dir="auto">${condition.text}</h2>
    <p class="soft"><span dir="auto">${condition.owner}</span> · ${condition.due_on ? t("work.condition.due", { on: day(condition.due_on) }) : t("work.condition.no_date")}
      ${late && html` <span class="work-tag work-late">${t("work.late")}</span>`}
      ${condition.met_on && html` <span class="work-tag work-met">${t("work.condition.met", { on: day(condition.met_on) })}</span>`}</p>
    <p class="small">${t("work.condition.of", { gate, on: day(decision.decided_on) })} <span dir="auto">${decision.case_number}</span></p>
    ${condition.note && html`<p dir="auto" class="work-quote">${condition.note}</p>`}
    ${allowed && !condition.met_on ? html`<${Mark} code=${code} decision=${decision} condition=${condition} name=${name} done=${done} reload=${reload} />`
      : html`<${KeptText} name=${name} why=${condition.met_on ? t("work.kept.met") : t("work.kept.no_form")} />`}
    ${allowed && condition.met_on && html`<${Reopen} code=${code} decision=${decision} condition=${condition} done=${done} />`}
  </section>`;
}
