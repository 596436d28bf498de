/* Before a round has begun at the gate, or after the last one was handed in. */

import { path, write } from "../../kit/api.js";
import { html, useState } from "../../kit/dom.js";
import { findDraft } from "../../kit/drafts.js";
import { moment } from "../../kit/format.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { attemptOf, isUnsettled } from "./attempts.js";
import { Verdicts } from "./beside.js";
import { Failure } from "./forms.js";
import { KeptText, hasText } from "./kept.js";
import { isDecidedOn } from "./standing.js";

export function StartRound({ known, gate, begun, reload, me, arrived }) {
  const { investment, former } = known;
  // One that has been decided on waits for nobody.
  const submitted = known.submitted && !isDecidedOn(known.submitted, known.decisions) ? known.submitted : null;
  const { busy, failure, begin } = useBeginning(investment, begun);
  const name = `assessment.${investment.code}`;
  const unsent = hasText(name) ? findDraft(name) : null;
  // Written in the very round that has been handed in since: by whom else than a colleague.
  const overtaken = submitted && unsent?.value.round === submitted.round;
  return html`<div class="work-start stack">
    <${KeptText} name=${name} arrived=${arrived} why=${overtaken ? t("work.kept.handed_in", { round: submitted.round }) : t("work.kept.no_round")} />
    ${submitted && html`<${Waiting} round=${submitted} code=${investment.code} me=${me} />`}
    <section class="card" aria-labelledby="work-begin">
      <h2 id="work-begin">${submitted ? t("work.begin_again.title") : t("work.begin.title", { gate })}</h2>
      <p>${former ? t("work.begin.copy", { round: former.round }) : t("work.begin.empty")}</p>
      ${unsent && html`<p>${t("work.begin.unsent")}</p>`}
      <${Failure} failure=${failure} again=${failure?.kind === "refused" ? reload : begin} />
      <p><button type="button" class=${submitted ? "button" : "button primary"} aria-disabled=${busy ? "true" : undefined} onClick=${begin}>
        ${busy ? t("work.saving") : submitted ? t("work.begin_again") : t("work.begin")}</button></p>
    </section>
  </div>`;
}

/** Begins a round on the server, once, however often it is pressed or sent again. */
function useBeginning(investment, begun) {
  const [state, setState] = useState({ busy: false, failure: null, attempt: null });
  async function begin() {
    if (state.busy) return;
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
