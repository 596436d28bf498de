/* A round of the five steps: begun, written, handed in. */

import { getVersion, path } from "../../kit/api.js";
import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { useLoad } from "../../kit/load.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { Loaded, MayNot, Nothing } from "../../parts/trouble.js";
import AssessmentForm from "./assessment_form.js";
import { FormHead } from "./forms.js";
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
  if (loading.value === undefined) return html`<h1>${t("work.assessment")}</h1><${Loaded} load=${loading}>${() => null}</${Loaded}>`;
  return html`<${Known} known=${loading.value} reload=${loading.again} me=${me} />`;
}

function Known({ known, reload, me }) {
  const { investment, template } = known;
  const allowed = may(me, "POST /v1/investments/{investment}/assessments") && isOwn(me, investment);
  const closed = ["stopped", "completed"].includes(investment.status);
  const gate = gateName(template, investment.gate);
  const head = () => html`<${FormHead} title=${t("work.assessment")} investment=${investment} gate=${gate} />`;
  if (!allowed) return html`${head()}<${MayNot} />`;
  if (!template) return html`${head()}<${Nothing} title=${t("work.no_program")}><p>${t("work.no_program.do")}</p></${Nothing}>`;
  if (closed) return html`${head()}<${Nothing} title=${t("work.closed")}><p>${t("work.closed.do")}</p></${Nothing}>`;
  return html`<${Rounds} known=${known} reload=${reload} head=${head} gate=${gate} me=${me} />`;
}

/** The round under way, or the beginning of one. What was just saved is newer than what was loaded. */
function Rounds({ known, reload, head, gate, me }) {
  const { investment, template } = known;
  const [server, setServer] = useState(known.draft);
  const [handedIn, setHandedIn] = useState(null);
  useEffect(() => setServer(known.draft), [known]);
  if (handedIn) return html`${head()}<${HandedIn} round=${handedIn} code=${investment.code} me=${me} />`;
  if (!server) return html`${head()}<${StartRound} known=${known} gate=${gate} begun=${setServer} reload=${reload} me=${me} />`;
  return html`${head()}<${AssessmentForm} code=${investment.code} server=${server} setServer=${setServer} reload=${reload}
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
