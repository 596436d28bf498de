/* Saving a draft, and handing it in. */

import { path, write } from "../../kit/api.js";
import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { moment } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { attemptOf, isUnsettled } from "./attempts.js";
import { tidied, toForm, toSteps, unnamed, unreadable } from "./steps.js";

const told = (pointers, sentence) => pointers.map((pointer) => [pointer, sentence]);
const wrong = (fields) => ({ kind: "invalid", fields: Object.fromEntries(fields) });
const wordsOf = (form) => JSON.stringify(toSteps(form));
const IDLE = { busy: null, failure: null, overtaken: null, savedAt: null };

/** What can't be read as a figure, and rows without a name, are told before anything is sent. */
function unsendable(form) {
  const fields = [...unreadable(form).map(([pointer, fault]) => [pointer, label("work.unread", fault)]),
    ...told(unnamed(form), t("work.fill_in"))];
  return fields.length ? wrong(fields) : null;
}

/** Does one thing at a time and keeps how it went: `{state, setState, again, guarded}`. */
function useGuarded(newest, reload) {
  const [state, setState] = useState(IDLE);
  const again = useRef(() => {});
  async function guarded(action, work) {
    // What failed is what is tried again: a hand-in is not done by saving.
    again.current = () => guarded(action, work);
    setState((now) => ({ ...now, busy: action, failure: null, overtaken: null }));
    try {
      await work();
      setState({ ...IDLE, savedAt: new Date().toISOString() });
    } catch (failure) {
      const stale = failure.kind === "stale";
      // What the server has by now is fetched, and set beside what is written here.
      if (stale) reload();
      const overtaken = stale ? { action, etag: newest.current.value.etag } : null;
      setState((now) => ({ ...now, busy: null, failure: stale ? null : failure, overtaken, savedAt: null }));
    }
  }
  return { state, setState, again: () => again.current(), guarded };
}

/** `{busy, failure, overtaken, errors, savedAt, again, save, saveSteps, handIn, tellMissing}`. */
export function useSaving({ code, draft, setServer, reload }) {
  const newest = useRef(draft);
  newest.current = draft;
  const { state, setState, again, guarded } = useGuarded(newest, reload);
  const address = path`/v1/investments/${code}/assessments/`;

  async function send(steps, round, etag, sent) {
    const { value, etag: newer } = await write("PATCH", `${address}${round}`, { steps }, { ifMatch: etag });
    setServer({ value, etag: newer });
    // What was written while it was on its way stays.
    const { form } = newest.current.value;
    const kept = { round, etag: newer, base: value.steps };
    if (form === sent) newest.current.discard({ ...kept, form: toForm(value.steps) });
    else newest.current.change({ ...kept, form });
    return { round, etag: newer, words: wordsOf(toForm(value.steps)) };
  }

  async function saveForm() {
    const written = newest.current.value.form;
    const tidy = tidied(written);
    // Nothing is kept anew where nothing is changed: another tab's draft may stand there.
    const form = JSON.stringify(tidy) === JSON.stringify(written) ? written : tidy;
    const failure = unsendable(form);
    if (form !== written) newest.current.change((now) => ({ ...now, form }));
    if (failure) throw failure;
    const { round, etag } = newest.current.value;
    return send(toSteps(form), round, etag, form);
  }

  const submit = useSubmit(address, newest, saveForm);
  return {
    ...state,
    errors: state.failure?.fields ?? {},
    again,
    save: () => guarded("save", saveForm),
    saveSteps: (steps, { round, etag }) => guarded("save", () => send(steps, round, etag, newest.current.value.form)),
    handIn: (done) => guarded("hand_in", () => submit(done)),
    tellMissing: (pointers) => setState((now) => ({ ...now, failure: wrong(told(pointers, t("work.fill_in"))) })),
  };
}

/** Saves and hands in. After a lost answer the same words are not saved but handed in once more, as the same attempt. */
function useSubmit(address, newest, saveForm) {
  const unsettled = useRef(null);
  return async (done) => {
    const lost = unsettled.current;
    const same = lost?.words === wordsOf(newest.current.value.form);
    const saved = same ? lost : await saveForm();
    const attempt = same ? lost : { ...saved, key: attemptOf(null, saved).key };
    unsettled.current = attempt;
    try {
      const { value } = await write("POST", `${address}${attempt.round}/submit`, undefined, { idempotencyKey: attempt.key });
      newest.current.discard();
      done(value);
    } catch (failure) {
      if (!isUnsettled(failure)) unsettled.current = null;
      throw failure;
    }
  };
}

/** Beside the form where there is room, after it where there is not: what is saved where, and the two ways on. */
export function SaveBar({ draft, changed, saving, missing, handIn }) {
  function ask() {
    if (saving.busy) return;
    if (missing.length) saving.tellMissing(missing);
    else handIn();
  }
  return html`<div class="card work-bar">
    <p class="work-saved" role="status">${savedText(draft, changed, saving)}</p>
    <div class="work-ways">
      <button type="submit" form="work-form" class="button" aria-disabled=${saving.busy ? "true" : undefined}>${t("work.save")}</button>
      <button type="button" class="button primary" aria-disabled=${saving.busy ? "true" : undefined} aria-describedby="work-missing"
        onClick=${ask}>${t("work.hand_in")}</button>
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

/** After a 412 where nothing of mine stood against the newer text: it is shown, and what did not happen is said. */
export function Overtaken({ overtaken, etag }) {
  const place = useRef(null);
  const arrived = overtaken !== null && overtaken.etag !== etag;
  useEffect(() => {
    if (arrived) place.current?.focus();
  }, [arrived]);
  if (!arrived) return null;
  return html`<div ref=${place} tabindex="-1" class="work-note" role="alert">${label("work.overtaken", overtaken.action)}</div>`;
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
