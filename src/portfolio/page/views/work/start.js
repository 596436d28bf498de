/* Before a round has begun at the gate, or after the last one was handed in. */

import { path, write } from "../../kit/api.js";
import { html, useState } from "../../kit/dom.js";
import { drafts } from "../../kit/drafts.js";
import { moment } from "../../kit/format.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { attemptOf, isUnsettled } from "./attempts.js";
import { Verdicts } from "./beside.js";
import { Failure } from "./forms.js";

export function StartRound({ known, gate, begun, reload, me }) {
  const { investment, submitted, former } = known;
  const { busy, failure, begin } = useBeginning(investment, begun);
  const unsent = drafts().some((draft) => draft.key === `assessment.${investment.code}`);
  return html`<div class="work-start stack">
    ${submitted && html`<${Waiting} round=${submitted} code=${investment.code} me=${me} />`}
    <section class="card" aria-labelledby="work-begin">
      <h2 id="work-begin">${submitted ? t("work.begin_again.title") : t("work.begin.title", { gate })}</h2>
      <p>${former ? t("work.begin.copy", { round: former.round }) : t("work.begin.empty")}</p>
      ${unsent && html`<p class="work-note">${t("work.begin.unsent")}</p>`}
      <${Failure} failure=${failure} again=${failure?.kind === "refused" ? reload : begin} />
      <p><button type="button" class=${submitted ? "button" : "button primary"} disabled=${busy} onClick=${begin}>
        ${busy ? t("work.saving") : submitted ? t("work.begin_again") : t("work.begin")}</button></p>
    </section>
  </div>`;
}

/** Begins a round on the server, once, however often it is pressed or sent again. */
function useBeginning(investment, begun) {
  const [state, setState] = useState({ busy: false, failure: null, attempt: null });
  async function begin() {
    const body = { gate: investment.gate };
    const attempt = attemptOf(state.attempt, body);
    setState({ busy: true, failure: null, attempt });
    try {
      const made = await write("POST", path`/v1/investments/${investment.code}/assessments`, body, { idempotencyKey: attempt.key });
      begun({ value: made.value, etag: made.etag });
    } catch (failure) {
      setState({ busy: false, failure, attempt: isUnsettled(failure) ? attempt : null });
    }
  }
  return { ...state, begin };
}

function Waiting({ round, code, me }) {
  return html`<section class="card" aria-labelledby="work-waiting">
    <h2 id="work-waiting">${t("work.waiting_for_decision", { round: round.round })}</h2>
    <p class="soft">${t("work.handed_in_at", { at: moment(round.submitted_at) })}</p>
    <${Verdicts} steps=${round.steps} />
    ${may(me, "POST /v1/investments/{investment}/decisions")
      && html`<p><a class="button primary" href=${`#/work/${encodeURIComponent(code)}/decision`}>${t("work.to_decision")}</a></p>`}
  </section>`;
}
