/* The form of a decision: kept in the browser, asked about once more, and sent once. */

import { html, useEffect, useState } from "../../kit/dom.js";
import { useDraft } from "../../kit/drafts.js";
import { today } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { Nothing } from "../../parts/trouble.js";
import { DropText } from "./asking.js";
import { Readiness } from "./beside.js";
import { DecidedSoFar, RoundInBrief, WhoDecides } from "./decision_beside.js";
import { ConfirmDecision } from "./decision_confirm.js";
import { DecisionFields } from "./decision_fields.js";
import { footprint, groundFor, latestOf } from "./decision_ground.js";
import { Notices } from "./decision_notices.js";
import { useSending } from "./decision_sending.js";
import { EMPTY, EMPTY_DRAFT, lacking, toOutweigh } from "./decision_values.js";
import { bodiesOf } from "./deciders.js";
import { Failure, fieldsOf } from "./forms.js";
import { Elsewhere, useLeaveWarning } from "./keeping.js";
import { outcomesHere } from "./standing.js";

/** The form with what it is decided on: an outcome or a correction that is not possible any more is left out of it. */
function shownOf(form, known, latest) {
  const superseded = latest && form.supersedes === latest.id ? latest : null;
  const ground = groundFor(known, superseded);
  const outcomes = outcomesHere({ ...ground, decisions: known.decisions, status: known.investment.status, without: superseded?.id });
  const outcome = outcomes.includes(form.outcome) ? form.outcome : "";
  return { ground, outcomes, form: { ...form, outcome, supersedes: superseded?.id ?? null } };
}

export default function DecisionForm({ known, reload, me }) {
  const { code } = known.investment;
  const draft = useDraft(`decision.${code}`, EMPTY_DRAFT);
  useLeaveWarning(draft);
  const [body, setBody] = useState(null);
  const latest = latestOf(known.decisions);
  const shown = shownOf(draft.value.form, known, latest);
  const { form, ground } = shown;
  const sending = useSending({ code, draft, known, shown, reload });
  const { goOn, clear } = useBeginnings(draft, known);
  const closed = ["stopped", "completed"].includes(known.investment.status);
  if (closed && !latest) return html`<${Nothing} title=${t("work.closed")}><p>${t("work.closed.do")}</p></${Nothing}>`;
  const begun = footprint(known);
  const change = (next) => draft.change((now) => ({ ...now, ground: now.ground ?? begun, form: next(now.form) }));
  const at = fieldsOf(form, change, sending.failure?.fields ?? {});
  const ask = () => sending.check(setBody);
  return html`<${Elsewhere} draft=${draft} />
    <${Notices} draft=${draft} known=${known} sought=${sending.moved} goOn=${goOn} clear=${clear} />
    ${draft.value.attempt && !sending.busy && html`<p class="work-note" role="status">${t("work.maybe_registered")}</p>`}
    <div class="work-grid work-grid-decision">
      <form id="work-form" class="work-form" novalidate inert=${sending.busy === "sending"} onSubmit=${(event) => { event.preventDefault(); ask(); }}>
        <${Failure} failure=${sending.failure} again=${sending.failure?.kind === "refused" ? undefined : ask} />
        <${DecisionFields} at=${at} form=${form} ground=${ground} known=${known} latest=${latest} outcomes=${shown.outcomes} bodies=${bodiesOf(me, known)} />
      </form>
      <div class="work-beside">
        <${Bar} draft=${draft} busy=${sending.busy} clear=${clear} />
        <${Beside} known=${known} ground=${ground} form=${form} latest=${latest} me=${me} />
      </div>
    </div>
    ${body && html`<${ConfirmDecision} body=${body} known=${known} ground=${ground} close=${() => setBody(null)}
      confirm=${() => { setBody(null); sending.send(body); }} />`}`;
}

/** To take what is shown as seen, and to empty the form; both lead the keyboard to its first field. */
function useBeginnings(draft, known) {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (turn) document.querySelector("#work-form input")?.focus();
  }, [turn]);
  function goOn() {
    draft.change((now) => ({ ...now, ground: footprint(known), form: withoutLapsed(now.form, known) }));
    setTurn(turn + 1);
  }
  function clear() {
    // An attempt of which the effect is not known outlives its text: it may be registered.
    if (draft.value.attempt) draft.change((now) => ({ ...now, form: EMPTY, ground: footprint(known) }));
    else draft.discard(EMPTY_DRAFT);
    setTurn(turn + 1);
  }
  return { goOn, clear };
}

function withoutLapsed(form, { decisions }) {
  return form.supersedes === latestOf(decisions)?.id ? form : { ...form, supersedes: null };
}

function Bar({ draft, busy, clear }) {
  return html`<div class="card work-bar">
    <p class="work-saved" role="status">${keptText(draft, busy)}</p>
    <div class="work-ways">
      <button type="submit" form="work-form" class="button primary" aria-disabled=${busy ? "true" : undefined}>${t("work.decision.go_on")}</button>
      ${draft.savedAt && html`<${DropText} text=${t("work.clear")} act=${clear} />`}
    </div>
  </div>`;
}

/** What the decision rests on. The rules are asked live, but for a correction, which they can't be asked about. */
function Beside({ known, ground, form, latest, me }) {
  const { code } = known.investment;
  return html`<aside class="stack" aria-label=${t("work.decision.beside")}>
    ${ground.supersedes ? html`<p class="work-note">${t("work.supersedes.rules")}</p>`
      : html`<${Readiness} code=${code} outcome=${form.outcome || "pass"} version=${`${ground.round?.round}.${known.decisions.length}`}
        weak=${toOutweigh(form.outcome, ground.steps, ground.atLastGate)} missing=${lacking(form, ground)} />`}
    <${WhoDecides} known=${known} ground=${ground} on=${form.decided_on || today()} me=${me} />
    <${RoundInBrief} round=${ground.round} code=${code} me=${me} known=${known} />
    <${DecidedSoFar} known=${known} latest=${latest} />
  </aside>`;
}

function keptText(draft, busy) {
  if (busy) return label("work.busy", busy);
  if (draft.failed) return t("work.kept_nowhere");
  return draft.savedAt ? t("work.decision.kept") : t("work.decision.nothing_yet");
}
