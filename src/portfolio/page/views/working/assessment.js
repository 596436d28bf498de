/* A round of the five steps: begun, written, handed in. */

import { getVersion, path } from "../../kit/api.js";
import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { useLoad } from "../../kit/load.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { Loaded, MayNot, Nothing, Trouble } from "../../parts/trouble.js";
import AssessmentForm from "./assessment_form.js";
import { FormHead } from "./forms.js";
import { useFormer } from "./keeping.js";
import { KeptText } from "./kept.js";
import { draftOf, roundsHere, submittedOf } from "./standing.js";
import { StartRound } from "./start.js";
import { gateName, isOwn, lastPosition, loadInvestment, positionOf } from "./loading.js";

async function load(code, options) {
  const known = await loadInvestment(code, options);
  const here = roundsHere(known.rounds, known.decisions, known.investment.gate);
  const draft = draftOf(here);
  const server = draft && await getVersion(path`/v1/investments/${code}/assessments/${draft.round}`, options);
  return { ...known, draft: server, submitted: submittedOf(here), former: known.rounds.at(-1) ?? null };
}

export default function Assessment({ code, me }) {
  const loading = useLoad(`assessment.${code}`, (options) => load(code, options), { keep: true });
  const known = useFormer(loading, code);
  if (known === undefined) return html`<h1>${t("work.assessment")}</h1><${Loaded} load=${loading}>${() => null}</${Loaded}>`;
  const failed = loading.error && html`<${Trouble} error=${loading.error} again=${loading.again} />`;
  return html`<${Known} known=${known} failed=${failed} reload=${loading.again} me=${me} />`;
}

function Known({ known, failed, reload, me }) {
  const { investment, template } = known;
  const allowed = may(me, "POST /v1/investments/{investment}/assessments") && isOwn(me, investment);
  const closed = ["stopped", "completed"].includes(investment.status);
  const gate = gateName(template, investment.gate);
  const head = () => html`<${FormHead} title=${t("work.assessment")} investment=${investment} gate=${gate} />${failed}`;
  // Who comes back to a form that is gone still has what was written in it.
  const kept = html`<${KeptText} name=${`assessment.${investment.code}`} why=${t("work.kept.no_form")} />`;
  if (!allowed) return html`${head()}<${MayNot} />${kept}`;
  if (!template) return html`${head()}<${Nothing} title=${t("work.no_program")}><p>${t("work.no_program.do")}</p></${Nothing}>${kept}`;
  if (closed) return html`${head()}<${Nothing} title=${t("work.closed")}><p>${t("work.closed.do")}</p></${Nothing}>${kept}`;
  return html`<${Rounds} known=${known} reload=${reload} head=${head} gate=${gate} me=${me} />`;
}

/** The round under way, or the beginning of one. What was just saved is newer than what was loaded. */
function Rounds({ known, reload, head, gate, me }) {
  const { investment, template } = known;
  const [server, setServer] = useState(known.draft);
  const [handedIn, setHandedIn] = useState(null);
  const arrived = useRef({ form: false, start: false });
  useEffect(() => {
    // A colleague has handed it in meanwhile: what is left of mine is shown, and the keyboard goes there.
    arrived.current.start = Boolean(server && !known.draft);
    setServer(known.draft);
  }, [known]);
  function begun(made) {
    arrived.current.form = true;
    setServer(made);
  }
  if (handedIn) return html`${head()}<${HandedIn} round=${handedIn} code=${investment.code} me=${me} />`;
  if (!server) return html`${head()}<${StartRound} known=${known} gate=${gate} begun=${begun} reload=${reload} me=${me} arrived=${arrived.current.start} />`;
  return html`${head()}<${AssessmentForm} code=${investment.code} server=${server} setServer=${setServer} reload=${reload} arrived=${arrived.current.form}
    handedIn=${setHandedIn} atLastGate=${positionOf(template, investment.gate) === lastPosition(template)} gate=${gate} />`;
}

function HandedIn({ round, code, me }) {
  const title = useRef(null);
  useEffect(() => { title.current?.focus(); }, []);
  return html`<div class="card work-done">
    <h2 ref=${title} tabindex="-1">${t("work.handed_in", { round: round.round })}</h2>
    <p>${t("work.handed_in.next")}</p>
    <p class="row">
      <a class="button primary" href=${`#/investments/${encodeURIComponent(code)}`}>${t("work.to_investment")}</a>
      ${may(me, "POST /v1/investments/{investment}/decisions") && html`<a class="button" href=${`#/work/${encodeURIComponent(code)}/decision`}>${t("work.to_decision")}</a>`}
      <a class="button" href="#/work">${t("work.to_list")}</a>
    </p>
  </div>`;
}
