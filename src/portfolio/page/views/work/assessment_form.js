/* The form of a draft: kept in the browser at every change, on the server when asked, never over another's work. */

import { html, useEffect, useState } from "../../kit/dom.js";
import { useDraft } from "../../kit/drafts.js";
import { moment } from "../../kit/format.js";
import { t } from "../../kit/texts.js";
import { Money, Readiness } from "./beside.js";
import { Comparison } from "./comparison.js";
import { Failure, fieldsOf } from "./forms.js";
import { HandInDialog, SaveBar, useSaving } from "./saving.js";
import { Overview, Sections } from "./sections.js";
import { lacking, toForm, toSteps } from "./steps.js";

const beginning = ({ value, etag }) => ({ round: value.round, etag, base: value.steps, form: toForm(value.steps) });
const isChanged = (kept) => JSON.stringify(toSteps(kept.form)) !== JSON.stringify(toSteps(toForm(kept.base)));

export default function AssessmentForm({ code, server, setServer, reload, handedIn, atLastGate, gate }) {
  const draft = useDraft(`assessment.${code}`, beginning(server));
  const [asked, setAsked] = useState(false);
  const changed = isChanged(draft.value);
  const stale = draft.value.etag !== server.etag;
  const saving = useSaving({ code, draft, setServer, reload });
  useEffect(() => {
    // Nothing of mine is in the way: what the server has is what is shown.
    if (!changed && (stale || draft.restored)) draft.discard(beginning(server));
  }, [server, stale]);
  if (stale && changed) {
    return html`<${Comparison} draft=${draft} server=${server} saving=${saving} takeTheirs=${() => draft.discard(beginning(server))} />`;
  }
  const missing = lacking(draft.value.form, atLastGate);
  const at = fieldsOf({ steps: draft.value.form }, (next) => draft.change((now) => ({ ...now, form: next({ steps: now.form }).steps })), saving.errors);
  return html`<${Restored} draft=${draft} changed=${changed} takeTheirs=${() => draft.discard(beginning(server))} />
    <${Failure} failure=${saving.failure} again=${saving.save} />
    <div class="work-grid">
      <${Overview} form=${draft.value.form} missing=${missing} />
      <form id="work-form" class="work-form" novalidate onSubmit=${(event) => { event.preventDefault(); saving.save(); }}>
        <${Sections} at=${at} form=${draft.value.form} atLastGate=${atLastGate} />
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
  if (!draft.restored || !changed || seen) return null;
  return html`<section class="work-note" aria-labelledby="work-restored">
    <h2 id="work-restored">${t("work.restored")}</h2>
    <p>${t("work.restored.at", { at: moment(draft.savedAt) })}</p>
    <p class="row"><button type="button" class="button primary" onClick=${() => setSeen(true)}>${t("work.keep_mine")}</button>
      <button type="button" class="button" onClick=${takeTheirs}>${t("work.take_theirs")}</button></p>
  </section>`;
}
