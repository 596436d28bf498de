/* The form of a draft: kept in the browser at every change, on the server when asked, never over another's work. */

import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { useDraft } from "../../kit/drafts.js";
import { moment } from "../../kit/format.js";
import { t } from "../../kit/texts.js";
import { DropText } from "./asking.js";
import { Money, Readiness } from "./beside.js";
import { Comparison } from "./comparison.js";
import { Failure, fieldsOf } from "./forms.js";
import { Elsewhere, useLeaveWarning } from "./keeping.js";
import { HandInDialog, Overtaken, SaveBar, useSaving } from "./saving.js";
import { Overview, Sections } from "./sections.js";
import { lacking, toForm, toSteps } from "./steps.js";

const beginning = ({ value, etag }) => ({ round: value.round, etag, base: value.steps, form: toForm(value.steps) });
const isChanged = (kept) => JSON.stringify(toSteps(kept.form)) !== JSON.stringify(toSteps(toForm(kept.base)));

/** `arrived`: the reader has just asked for the form, and the keyboard goes there. */
export default function AssessmentForm({ code, server, setServer, reload, handedIn, atLastGate, gate, arrived }) {
  const draft = useDraft(`assessment.${code}`, beginning(server));
  useLeaveWarning(draft);
  const changed = isChanged(draft.value);
  const stale = draft.value.etag !== server.etag;
  const compared = useRef(false);
  const saving = useSaving({ code, draft, setServer, reload });
  const takeTheirs = () => draft.discard(beginning(server));
  useEffect(() => {
    // Nothing of mine is in the way: what the server has is what is shown.
    if (!changed && (stale || draft.restored)) takeTheirs();
  }, [server, stale]);
  if (stale && changed) {
    compared.current = true;
    return html`<${Elsewhere} draft=${draft} /><${Comparison} draft=${draft} server=${server} saving=${saving} takeTheirs=${takeTheirs} />`;
  }
  return html`<${Elsewhere} draft=${draft} /><${Restored} draft=${draft} changed=${changed} takeTheirs=${takeTheirs} />
    <${Overtaken} overtaken=${saving.overtaken} etag=${server.etag} />
    <${Failure} failure=${saving.failure} again=${saving.again} />
    <${Writing} code=${code} server=${server} draft=${draft} changed=${changed} saving=${saving} handedIn=${handedIn}
      atLastGate=${atLastGate} gate=${gate} arrived=${arrived || compared.current} />`;
}

const focusForm = () => document.getElementById("work-form")?.focus({ preventScroll: true });

function Writing({ code, server, draft, changed, saving, handedIn, atLastGate, gate, arrived }) {
  const [asked, setAsked] = useState(false);
  useEffect(() => { if (arrived) focusForm(); }, []);
  const { form } = draft.value;
  const missing = lacking(form, atLastGate);
  const at = fieldsOf({ steps: form }, (next) => draft.change((now) => ({ ...now, form: next({ steps: now.form }).steps })), saving.errors);
  function save(event) {
    event.preventDefault();
    if (!saving.busy) saving.save();
  }
  // What is being handed in stands still: nothing can be written that would be lost with it.
  return html`<div class="work-grid">
      <${Overview} form=${form} missing=${missing} />
      <form id="work-form" class="work-form" tabindex="-1" aria-label=${t("work.assessment")} novalidate inert=${saving.busy === "hand_in"} onSubmit=${save}>
        <${Sections} at=${at} form=${form} atLastGate=${atLastGate} />
      </form>
      <div class="work-beside">
        <${SaveBar} draft=${draft} changed=${changed} saving=${saving} missing=${missing} handIn=${() => setAsked(true)} />
        <aside class="stack" aria-label=${t("work.beside")}>
          <${Readiness} code=${code} outcome="pass" version=${server.etag} missing=${missing} />
          <${Money} code=${code} />
        </aside>
      </div>
    </div>
    ${asked && html`<${HandInDialog} round=${server.value.round} gate=${gate} close=${() => setAsked(false)}
      confirm=${() => { setAsked(false); saving.handIn(handedIn); }} />`}`;
}

/** Told once, after a tab was closed on something that had not been saved. */
function Restored({ draft, changed, takeTheirs }) {
  const [seen, setSeen] = useState(false);
  const answered = useRef(false);
  const shown = draft.restored && changed && !seen;
  useEffect(() => {
    // When the question is gone, its dialog too.
    if (answered.current && !shown) focusForm();
    answered.current = false;
  }, [shown]);
  if (!shown) return null;
  const answer = (act) => () => {
    answered.current = true;
    act();
  };
  return html`<section class="work-note" aria-labelledby="work-restored">
    <h2 id="work-restored">${t("work.restored")}</h2>
    <p>${t("work.restored.at", { at: moment(draft.savedAt) })}</p>
    <p class="row"><button type="button" class="button primary" onClick=${answer(() => setSeen(true))}>${t("work.keep_mine")}</button>
      <${DropText} text=${t("work.take_theirs")} act=${answer(takeTheirs)} /></p>
  </section>`;
}
