/* What the program group recommends at the present gate: a committee's pass waits for it (S2). */

import { path, write } from "../../kit/api.js";
import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { useDraft } from "../../kit/drafts.js";
import { today } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { Radios, TextArea, TextField } from "../../parts/fields.js";
import { Loaded, MayNot, Nothing, Trouble } from "../../parts/trouble.js";
import { attemptOf, isUnsettled } from "./attempts.js";
import { Failure, FormHead, Place, choices, fieldsOf } from "./forms.js";
import { Elsewhere, useFormer, useLeaveWarning } from "./keeping.js";
import { KeptText } from "./kept.js";
import { gateName, loadInvestment } from "./loading.js";

const OUTCOMES = ["pass", "amend", "hold", "rework", "stop"];
const EMPTY = { form: { outcome: "", recommended_on: "", reason: "" }, attempt: null };

export default function Recommendation({ code, me }) {
  const loading = useLoad(`recommendation.${code}`, (options) => loadInvestment(code, options), { keep: true });
  const known = useFormer(loading, code);
  if (known === undefined) return html`<h1>${t("work.recommendation")}</h1><${Loaded} load=${loading}>${() => null}</${Loaded}>`;
  const { investment, template } = known;
  return html`<${FormHead} title=${t("work.recommendation")} investment=${investment} gate=${gateName(template, investment.gate)}>
      <p class="lead">${t("work.recommendation.lead")}</p></${FormHead}>
    ${loading.error && html`<${Trouble} error=${loading.error} again=${loading.again} />`}
    <${Known} investment=${investment} template=${template} me=${me} />`;
}

function Known({ investment, template, me }) {
  const { code } = investment;
  const [done, setDone] = useState(false);
  const closed = ["stopped", "completed"].includes(investment.status);
  const kept = html`<${KeptText} name=${`recommendation.${code}`} why=${t("work.kept.no_form")} />`;
  if (!may(me, "POST /v1/investments/{investment}/recommendations")) return html`<${MayNot} />${kept}`;
  if (!template) return html`<${Nothing} title=${t("work.no_program")}><p>${t("work.no_program.do")}</p></${Nothing}>${kept}`;
  if (closed) return html`<${Nothing} title=${t("work.closed")}><p>${t("work.closed.do")}</p></${Nothing}>${kept}`;
  return done ? html`<${Done} code=${code} />` : html`<${Form} code=${code} done=${() => setDone(true)} />`;
}

function Done({ code }) {
  const title = useRef(null);
  useEffect(() => { title.current?.focus(); }, []);
  return html`<div class="card work-done" role="status"><h2 ref=${title} tabindex="-1">${t("work.recommendation.done")}</h2>
    <p class="row"><a class="button primary" href="#/work">${t("work.to_list")}</a>
    <a class="button" href=${`#/investments/${encodeURIComponent(code)}`}>${t("work.to_investment")}</a></p></div>`;
}

const emptyIn = (form) => Object.keys(form).filter((name) => !form[name].trim()).map((name) => [`/${name}`, t("work.fill_in")]);

function Form({ code, done }) {
  const draft = useDraft(`recommendation.${code}`, EMPTY);
  useLeaveWarning(draft);
  const [state, setState] = useState({ busy: false, failure: null });
  const at = fieldsOf(draft.value.form, (next) => draft.change((now) => ({ ...now, form: next(now.form) })), state.failure?.fields ?? {});
  async function send(event) {
    event?.preventDefault();
    if (state.busy) return undefined;
    const { form } = draft.value;
    const empty = emptyIn(form);
    if (empty.length) return setState({ busy: false, failure: { kind: "invalid", fields: Object.fromEntries(empty) } });
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
  return html`<form class="card work-narrow" novalidate inert=${state.busy} onSubmit=${send}>
    <${Elsewhere} draft=${draft} />
    <${Failure} failure=${state.failure} again=${send} />
    <${Place} pointer="/outcome"><${Radios} ...${at("/outcome")} options=${choices("outcome", OUTCOMES)} /></${Place}>
    <${Place} pointer="/recommended_on"><${TextField} ...${at("/recommended_on")} type="date" required max=${today()} /></${Place}>
    <${Place} pointer="/reason"><${TextArea} ...${at("/reason")} required rows=${4} /></${Place}>
    <p><button class="button primary">${state.busy ? t("work.saving") : t("work.recommendation.send")}</button></p>
  </form>`;
}
