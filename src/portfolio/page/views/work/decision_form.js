/* The form of a decision: kept in the browser, asked about once more, and sent once. */

import { path, write } from "../../kit/api.js";
import { html, useRef, useState } from "../../kit/dom.js";
import { useDraft } from "../../kit/drafts.js";
import { moment, today } from "../../kit/format.js";
import { go } from "../../kit/router.js";
import { t } from "../../kit/texts.js";
import { Nothing } from "../../parts/trouble.js";
import { attemptOf, isUnsettled } from "./attempts.js";
import { Readiness } from "./beside.js";
import { DecidedSoFar, RoundInBrief, WhoDecides } from "./decision_beside.js";
import { ConfirmDecision } from "./decision_confirm.js";
import { DecisionFields } from "./decision_fields.js";
import { bodiesOf } from "./deciders.js";
import { EMPTY, asShown, lacking, tidied, toBody, toOutweigh, unreadable } from "./decision_values.js";
import { Failure, fieldsOf } from "./forms.js";
import { outcomesHere, roundsHere, submittedOf } from "./standing.js";

/** What is decided on: at the gate of the superseded decision as if it were not there, else here. */
function groundFor(known, here, latest, supersedes) {
  const gate = supersedes && latest ? latest.gate : here.gate;
  const round = submittedOf(roundsHere(known.rounds, known.decisions, gate, supersedes ? latest?.id : null));
  const positions = known.template.gates.find((one) => one.code === gate);
  const position = positions?.position ?? here.position;
  return { ...here, gate, position, atLastGate: position === here.last, round, steps: round?.steps ?? null, supersedes: latest?.id };
}

export default function DecisionForm({ known, here, latest, reload, me }) {
  const { code } = known.investment;
  const draft = useDraft(`decision.${code}`, { form: EMPTY, attempt: null });
  const [body, setBody] = useState(null);
  const form = draft.value.form;
  const ground = groundFor(known, here, latest, form.supersedes);
  const sending = useSending({ code, draft, ground });
  if (here.closed && !latest) return html`<${Nothing} title=${t("work.closed")}><p>${t("work.closed.do")}</p></${Nothing}>`;
  const at = fieldsOf(form, (next) => draft.change((now) => ({ ...now, form: next(now.form) })), sending.failure?.fields ?? {});
  const outcomes = outcomesHere({ ...ground, decisions: without(known.decisions, form.supersedes && latest), status: known.investment.status });
  const ask = () => sending.check(setBody);
  return html`<${Restored} draft=${draft} />
    <div class="work-grid work-grid-decision">
      <form id="work-form" class="work-form" novalidate onSubmit=${(event) => { event.preventDefault(); ask(); }}>
        <${Failure} failure=${sending.failure} again=${sending.failure?.kind === "refused" ? undefined : ask} />
        <${DecisionFields} at=${at} form=${form} ground=${ground} known=${known} latest=${latest} outcomes=${outcomes} bodies=${bodiesOf(me, known)} />
      </form>
      <div class="work-beside">
        <${Bar} draft=${draft} busy=${sending.busy} />
        <${Beside} known=${known} ground=${ground} form=${form} latest=${latest} me=${me} />
      </div>
    </div>
    ${body && html`<${ConfirmDecision} body=${body} known=${known} close=${() => setBody(null)}
      confirm=${() => { setBody(null); sending.send(body, reload); }} />`}`;
}

function Bar({ draft, busy }) {
  return html`<div class="card work-bar">
    <p class="work-saved" role="status">${keptText(draft, busy)}</p>
    <div class="work-ways">
      <button type="submit" form="work-form" class="button primary" disabled=${busy}>${t("work.decision.go_on")}</button>
      ${draft.savedAt && html`<button type="button" class="button" onClick=${() => draft.discard({ form: EMPTY, attempt: null })}>${t("work.clear")}</button>`}
    </div>
  </div>`;
}

/** What the decision rests on. The rules are asked live, but for a correction, which they can't be asked about. */
function Beside({ known, ground, form, latest, me }) {
  const { code } = known.investment;
  return html`<aside class="stack" aria-label=${t("work.decision.beside")}>
    ${form.supersedes ? html`<p class="work-note">${t("work.supersedes.rules")}</p>`
      : html`<${Readiness} code=${code} outcome=${form.outcome || "pass"} version=${`${ground.round?.round}.${known.decisions.length}`}
        weak=${toOutweigh(form.outcome, ground.steps, ground.atLastGate)} missing=${lacking(form, ground)} />`}
    <${WhoDecides} known=${known} ground=${ground} on=${form.decided_on || today()} me=${me} />
    <${RoundInBrief} round=${ground.round} code=${code} me=${me} known=${known} />
    <${DecidedSoFar} known=${known} latest=${latest} />
  </aside>`;
}

function keptText(draft, busy) {
  if (busy) return t("work.saving");
  if (draft.failed) return t("work.kept_nowhere");
  return draft.savedAt ? t("work.decision.kept") : t("work.decision.nothing_yet");
}

const without = (decisions, gone) => (gone ? decisions.filter((one) => one.id !== gone.id) : decisions);

/** `{busy, failure, check, send}`: what is missing is told first; what is sent again is sent as the same. */
function useSending({ code, draft, ground }) {
  const [state, setState] = useState({ busy: false, failure: null });
  // Not in the state: a second press must see it before anything is drawn anew.
  const under = useRef({ way: false, attempt: draft.value.attempt });
  const remember = (attempt) => {
    under.current.attempt = attempt;
    draft.change((now) => ({ ...now, attempt }));
  };
  function check(ask) {
    const form = tidied(draft.value.form);
    draft.change((now) => ({ ...now, form }));
    const fields = Object.fromEntries([
      ...unreadable(form).map((one) => [one, t("work.not_a_figure")]),
      ...lacking(form, ground).map((one) => [one, t("work.fill_in")])]);
    const wrong = Object.keys(fields).length > 0;
    setState({ busy: false, failure: wrong ? { kind: "invalid", fields } : null });
    if (!wrong) ask(toBody(form, ground));
  }
  async function send(body, reload) {
    if (under.current.way) return;
    under.current.way = true;
    remember(attemptOf(under.current.attempt, body));
    setState({ busy: true, failure: null });
    try {
      const { value } = await write("POST", path`/v1/investments/${code}/decisions`, body, { idempotencyKey: under.current.attempt.key });
      draft.discard({ form: EMPTY, attempt: null });
      go(["work", code, "decision"], { receipt: value.id });
    } catch (error) {
      if (!isUnsettled(error)) remember(null);
      if (error.kind === "refused") reload();
      setState({ busy: false, failure: readable(error, body) });
    } finally {
      under.current.way = false;
    }
  }
  return { ...state, check, send };
}

function readable(error, body) {
  if (!Object.keys(error.fields ?? {}).length) return error;
  return { kind: error.kind, problem: error.problem, reasons: error.reasons, fields: asShown(error.fields, body) };
}

function Restored({ draft }) {
  const [seen, setSeen] = useState(false);
  if (!draft.restored || seen) return null;
  return html`<section class="work-note" aria-labelledby="work-restored">
    <h2 id="work-restored">${t("work.restored")}</h2>
    <p>${t("work.restored.decision", { at: moment(draft.savedAt) })}</p>
    <p class="row"><button type="button" class="button primary" onClick=${() => setSeen(true)}>${t("work.keep_mine")}</button>
      <button type="button" class="button" onClick=${() => draft.discard({ form: EMPTY, attempt: null })}>${t("work.start_over")}</button></p>
  </section>`;
}
