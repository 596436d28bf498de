/* The conditions of an investment's decisions, and the day each was met. */

import { ApiError, getVersion, path, write } from "../../kit/api.js";
import { html, useState } from "../../kit/dom.js";
import { useDraft } from "../../kit/drafts.js";
import { day, today } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { TextArea, TextField } from "../../parts/fields.js";
import { Loaded, Nothing } from "../../parts/trouble.js";
import { Failure, FormHead, Place, fieldsOf } from "./forms.js";
import { gateName, isOwn, loadInvestment } from "./loading.js";
import { inForce } from "./standing.js";

export default function Conditions({ code, me }) {
  const loading = useLoad(`conditions.${code}`, (options) => loadInvestment(code, options), { keep: true });
  if (loading.value === undefined) return html`<h1>${t("work.conditions.title")}</h1><${Loaded} load=${loading}>${() => null}</${Loaded}>`;
  const { investment, template, decisions } = loading.value;
  const found = inForce(decisions).flatMap((decision) => decision.conditions.map((condition) => ({ decision, condition })));
  const mayMark = may(me, "PATCH /v1/investments/{investment}/decisions/{id}/conditions/{n}") && isOwn(me, investment);
  const marks = (decision) => mayMark && (!me.bodies.length || me.bodies.includes(decision.decided_by));
  return html`<${FormHead} title=${t("work.conditions.title")} investment=${investment} />
    ${!found.length && html`<${Nothing} title=${t("work.conditions.none")}><p><a href="#/work">${t("work.to_list")}</a></p></${Nothing}>`}
    <div class="work-conditions stack">${found.map(({ decision, condition }) => html`<${Condition} key=${`${decision.id}.${condition.n}`} code=${code} decision=${decision}
      condition=${condition} gate=${gateName(template, decision.gate)} allowed=${marks(decision)} reload=${loading.again} />`)}</div>`;
}

function Condition({ code, decision, condition, gate, allowed, reload }) {
  const late = !condition.met_on && condition.due_on && condition.due_on < today();
  const id = `work-condition-${decision.id}-${condition.n}`;
  return html`<section class="card work-condition" aria-labelledby=${id}>
    <h2 id=${id} dir="auto">${condition.text}</h2>
    <p class="soft"><span dir="auto">${condition.owner}</span> · ${condition.due_on ? t("work.condition.due", { on: day(condition.due_on) }) : t("work.condition.no_date")}
      ${late && html` <span class="work-tag work-late">${t("work.late")}</span>`}
      ${condition.met_on && html` <span class="work-tag work-met">${t("work.condition.met", { on: day(condition.met_on) })}</span>`}</p>
    <p class="small">${t("work.condition.of", { gate, on: day(decision.decided_on) })} <span dir="auto">${decision.case_number}</span></p>
    ${condition.note && html`<p dir="auto" class="work-quote">${condition.note}</p>`}
    ${allowed && !condition.met_on && html`<${Mark} code=${code} decision=${decision} condition=${condition} reload=${reload} />`}
  </section>`;
}

/** Told apart by the decision and its number: each is written and sent by itself. */
function Mark({ code, decision, condition, reload }) {
  const draft = useDraft(`condition.${code}.${decision.id}.${condition.n}`, { met_on: "", note: "" });
  const [state, setState] = useState({ busy: false, failure: null });
  const at = fieldsOf(draft.value, draft.change, state.failure?.fields ?? {});
  async function mark(event) {
    event.preventDefault();
    if (!draft.value.met_on) return setState({ busy: false, failure: { kind: "invalid", fields: { "/met_on": t("work.fill_in") } } });
    setState({ busy: true, failure: null });
    try {
      await markAsMet(path`/v1/investments/${code}/decisions/${decision.id}/conditions/${condition.n}`, draft.value);
      draft.discard();
      reload();
    } catch (failure) {
      setState({ busy: false, failure });
      if (failure.kind === "stale") reload();
    }
    return undefined;
  }
  return html`<form class="work-mark" novalidate onSubmit=${mark}>
    <${Failure} failure=${state.failure} />
    <${Place} pointer="/met_on"><${TextField} ...${at("/met_on")} type="date" required max=${today()} /></${Place}>
    <${Place} pointer="/note" className="work-wide"><${TextArea} ...${at("/note")} rows=${2} /></${Place}>
    <p><button class="button primary" disabled=${state.busy}>${state.busy ? t("work.saving") : t("work.condition.mark")}</button></p>
  </form>`;
}

async function markAsMet(address, { met_on: met, note }) {
  const { value, etag } = await getVersion(address);
  // A colleague was first: what was written here is kept, and theirs is shown.
  if (value.met_on) throw new ApiError("stale", 412, null);
  await write("PATCH", address, { met_on: met, ...(note.trim() && { note }) }, { ifMatch: etag });
}
