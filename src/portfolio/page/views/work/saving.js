/* Saving a draft, and handing it in. */

import { path, write } from "../../kit/api.js";
import { html, useRef, useState } from "../../kit/dom.js";
import { moment } from "../../kit/format.js";
import { t } from "../../kit/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { attemptOf, isUnsettled } from "./attempts.js";
import { tidied, toForm, toSteps, unreadable } from "./steps.js";

const told = (pointers, sentence) => Object.fromEntries(pointers.map((pointer) => [pointer, sentence]));

/** What can't be read as a figure is told before it is sent. */
function wrongFigures(form) {
  const pointers = unreadable(form);
  if (!pointers.length) return null;
  return { kind: "invalid", fields: told(pointers, t("work.not_a_figure")) };
}

/** `{busy, failure, errors, savedAt, save, saveSteps, handIn, tellMissing}`. */
export function useSaving({ code, draft, setServer, reload }) {
  const [state, setState] = useState({ busy: false, failure: null, savedAt: null });
  const attempt = useRef(null);
  const newest = useRef(draft);
  newest.current = draft;
  const address = path`/v1/investments/${code}/assessments/`;

  async function guarded(work) {
    setState((now) => ({ ...now, busy: true, failure: null }));
    try {
      await work();
      setState({ busy: false, failure: null, savedAt: new Date().toISOString() });
    } catch (failure) {
      // What the server has by now is fetched, and set beside what is written here.
      if (failure.kind === "stale") reload();
      setState((now) => ({ ...now, busy: false, failure: failure.kind === "stale" ? null : failure }));
    }
  }

  async function send(steps, round, etag, sent) {
    const { value, etag: newer } = await write("PATCH", `${address}${round}`, { steps }, { ifMatch: etag });
    setServer({ value, etag: newer });
    // What was written while it was on its way stays.
    const { form } = newest.current.value;
    const kept = { round, etag: newer, base: value.steps };
    if (form === sent) newest.current.discard({ ...kept, form: toForm(value.steps) });
    else newest.current.change({ ...kept, form });
    return { round, etag: newer };
  }

  async function saveForm() {
    const form = tidied(newest.current.value.form);
    const failure = wrongFigures(form);
    newest.current.change((now) => ({ ...now, form }));
    if (failure) throw failure;
    const { round, etag } = newest.current.value;
    return send(toSteps(form), round, etag, form);
  }

  async function submit(done, { round, etag }) {
    attempt.current = attemptOf(attempt.current, [round, etag]);
    try {
      const { value } = await write("POST", `${address}${round}/submit`, undefined, { idempotencyKey: attempt.current.key });
      newest.current.discard();
      done(value);
    } catch (failure) {
      if (!isUnsettled(failure)) attempt.current = null;
      throw failure;
    }
  }

  return {
    ...state,
    errors: state.failure?.fields ?? {},
    save: () => guarded(saveForm),
    saveSteps: (steps, { round, etag }) => guarded(() => send(steps, round, etag, newest.current.value.form)),
    handIn: (done) => guarded(async () => submit(done, await saveForm())),
    tellMissing: (pointers) => setState((now) => ({ ...now, failure: { kind: "invalid", fields: told(pointers, t("work.fill_in")) } })),
  };
}

/** Beside the form where there is room, after it where there is not: what is saved where, and the two ways on. */
export function SaveBar({ draft, changed, saving, missing, handIn }) {
  return html`<div class="card work-bar">
    <p class="work-saved" role="status">${savedText(draft, changed, saving)}</p>
    <div class="work-ways">
      <button type="submit" form="work-form" class="button" disabled=${saving.busy}>${t("work.save")}</button>
      <button type="button" class="button primary" disabled=${saving.busy} aria-describedby="work-missing"
        onClick=${() => (missing.length ? saving.tellMissing(missing) : handIn())}>${t("work.hand_in")}</button>
    </div>
    <p id="work-missing" class="work-saved">${missing.length ? t("work.missing", { n: missing.length }) : t("work.complete")}</p>
  </div>`;
}

function savedText(draft, changed, saving) {
  if (saving.busy) return t("work.saving");
  if (draft.failed) return t("work.kept_nowhere");
  if (changed) return t("work.kept_here");
  return saving.savedAt ? t("work.saved_at", { at: moment(saving.savedAt) }) : t("work.as_saved");
}

export function HandInDialog({ round, gate, close, confirm }) {
  return html`<${Dialog} title=${t("work.hand_in.title", { round })} close=${close}>
    <p>${t("work.hand_in.lead", { gate })}</p>
    <ul>
      <li>${t("work.hand_in.text")}</li>
      <li>${t("work.hand_in.plan")}</li>
      <li>${t("work.hand_in.places")}</li>
    </ul>
    <p>${t("work.hand_in.after")}</p>
    <p class="row"><button type="button" class="button primary" onClick=${confirm}>${t("work.hand_in")}</button>
      <button type="button" class="button" onClick=${close}>${t("work.go_back")}</button></p>
  </${Dialog}>`;
}
