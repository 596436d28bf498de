/* What the program group recommends at the present gate: a committee's pass waits for it (S2). */

import { get, path, write } from "../../kit/api.js";
import { html, useState } from "../../kit/dom.js";
import { useDraft } from "../../kit/drafts.js";
import { today } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { may } from "../../kit/session.js";
import { label, t } from "../../kit/texts.js";
import { Radios, TextArea, TextField } from "../../parts/fields.js";
import { Loaded, MayNot } from "../../parts/trouble.js";
import { attemptOf, isUnsettled } from "./attempts.js";
import { Failure, FormHead, Place, choices, fieldsOf } from "./forms.js";

const OUTCOMES = ["pass", "amend", "hold", "rework", "stop"];
const EMPTY = { form: { outcome: "", recommended_on: "", reason: "" }, attempt: null };

export default function Recommendation({ code, me }) {
  const loading = useLoad(`recommendation.${code}`, ({ signal }) => get(path`/v1/investments/${code}`, { signal }), { keep: true });
  const [done, setDone] = useState(false);
  if (loading.value === undefined) return html`<h1>${t("work.recommendation")}</h1><${Loaded} load=${loading}>${() => null}</${Loaded}>`;
  const investment = loading.value;
  return html`<${FormHead} title=${t("work.recommendation")} investment=${investment} gate=${label("gate", investment.gate)}>
      <p class="lead">${t("work.recommendation.lead")}</p></${FormHead}>
    ${!may(me, "POST /v1/investments/{investment}/recommendations") ? html`<${MayNot} />`
      : done ? html`<div class="card work-done" role="status"><h2>${t("work.recommendation.done")}</h2>
          <p class="row"><a class="button primary" href="#/work">${t("work.to_list")}</a>
          <a class="button" href=${`#/investments/${encodeURIComponent(code)}`}>${t("work.to_investment")}</a></p></div>`
        : html`<${Form} code=${code} done=${() => setDone(true)} />`}`;
}

function Form({ code, done }) {
  const draft = useDraft(`recommendation.${code}`, EMPTY);
  const [state, setState] = useState({ busy: false, failure: null });
  const at = fieldsOf(draft.value.form, (next) => draft.change((now) => ({ ...now, form: next(now.form) })), state.failure?.fields ?? {});
  async function send(event) {
    event?.preventDefault();
    const { form } = draft.value;
    const empty = Object.keys(form).filter((name) => !form[name].trim());
    if (empty.length) return setState({ busy: false, failure: { kind: "invalid", fields: Object.fromEntries(empty.map((name) => [`/${name}`, t("work.fill_in")])) } });
    const attempt = attemptOf(draft.value.attempt, form);
    draft.change((now) => ({ ...now, attempt }));
    setState({ busy: true, failure: null });
    try {
      await write("POST", path`/v1/investments/${code}/recommendations`, form, { idempotencyKey: attempt.key });
      draft.discard(EMPTY);
      done();
    } catch (failure) {
      if (!isUnsettled(failure)) draft.change((now) => ({ ...now, attempt: null }));
      setState({ busy: false, failure });
    }
    return undefined;
  }
  return html`<form class="card work-narrow" novalidate onSubmit=${send}>
    <${Failure} failure=${state.failure} again=${send} />
    <${Place} pointer="/outcome"><${Radios} ...${at("/outcome")} options=${choices("outcome", OUTCOMES)} /></${Place}>
    <${Place} pointer="/recommended_on"><${TextField} ...${at("/recommended_on")} type="date" required max=${today()} /></${Place}>
    <${Place} pointer="/reason"><${TextArea} ...${at("/reason")} required rows=${4} /></${Place}>
    <p><button class="button primary" disabled=${state.busy}>${state.busy ? t("work.saving") : t("work.recommendation.send")}</button></p>
  </form>`;
}
