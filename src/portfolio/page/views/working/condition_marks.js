/* Marking a condition as met, and taking a wrong mark away. */

import { ApiError, getVersion, path, write } from "../../kit/api.js";
import { html, useState } from "../../kit/dom.js";
import { useDraft } from "../../kit/drafts.js";
import { day, today } from "../../kit/format.js";
import { t } from "../../kit/texts.js";
import { TextArea, TextField } from "../../parts/fields.js";
import { Asking } from "./asking.js";
import { Failure, Place, fieldsOf } from "./forms.js";
import { Elsewhere, useLeaveWarning } from "./keeping.js";

const EMPTY = { met_on: "", note: "" };
const addressOf = (code, decision, condition) => path`/v1/investments/${code}/decisions/${decision.id}/conditions/${condition.n}`;

/** Told apart by the decision and its number: each is written and sent by itself. */
export function Mark({ code, decision, condition, name, done, reload }) {
  const draft = useDraft(name, EMPTY);
  useLeaveWarning(draft);
  const [state, setState] = useState({ busy: false, failure: null });
  const at = fieldsOf(draft.value, draft.change, state.failure?.fields ?? {});
  async function mark(event) {
    event.preventDefault();
    if (state.busy) return undefined;
    if (!draft.value.met_on) return setState({ busy: false, failure: { kind: "invalid", fields: { "/met_on": t("work.fill_in") } } });
    setState({ busy: true, failure: null });
    try {
      await markAsMet(addressOf(code, decision, condition), draft.value);
      draft.discard(EMPTY);
      done();
      setState({ busy: false, failure: null });
    } catch (failure) {
      setState({ busy: false, failure });
      if (failure.kind === "stale") reload();
    }
    return undefined;
  }
  return html`<form class="work-mark" novalidate inert=${state.busy} onSubmit=${mark}>
    <${Elsewhere} draft=${draft} />
    <${Failure} failure=${state.failure} />
    <${Place} pointer="/met_on"><${TextField} ...${at("/met_on")} type="date" required max=${today()} /></${Place}>
    <${Place} pointer="/note" className="work-wide"><${TextArea} ...${at("/note")} rows=${2} /></${Place}>
    <p><button class="button primary">${state.busy ? t("work.saving") : t("work.condition.mark")}</button></p>
  </form>`;
}

async function markAsMet(address, { met_on: met, note }) {
  const { value, etag } = await getVersion(address);
  // Our own mark, whose answer was lost.
  if (value.met_on === met && (value.note ?? "") === note.trim()) return;
  // A colleague was first: what was written here is kept, and theirs is shown.
  if (value.met_on) throw new ApiError("stale", 412, null);
  await write("PATCH", address, { met_on: met, ...(note.trim() && { note: note.trim() }) }, { ifMatch: etag });
}

/** A mark that was wrong is taken away; that it once was there stays in the log. */
export function Reopen({ code, decision, condition, done }) {
  const [failure, setFailure] = useState(null);
  async function reopen() {
    const address = addressOf(code, decision, condition);
    try {
      const { value, etag } = await getVersion(address);
      if (value.met_on) await write("PATCH", address, { met_on: null }, { ifMatch: etag });
      setFailure(null);
      done();
    } catch (error) {
      setFailure(error);
    }
  }
  return html`<${Failure} failure=${failure} again=${reopen} />
    <p class="work-latest"><${Asking} text=${t("work.condition.reopen")} title=${t("work.condition.reopen.title")}
      lead=${t("work.condition.reopen.lead", { on: day(condition.met_on) })} act=${reopen} quiet /></p>`;
}
