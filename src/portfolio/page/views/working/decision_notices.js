/* Above the form of a decision: what has happened since it was written, and what is kept from before. */

import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { day, moment } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { sekExactly } from "./amounts.js";
import { DropText } from "./asking.js";
import { footprint, hasMoved, latestOf } from "./decision_ground.js";
import { gateName } from "./loading.js";
import { submittedOf } from "./standing.js";

/** `go_on` is told to take what is shown as seen; `sought` is how many times it has been in the way. */
export function Notices({ draft, known, sought, goOn, clear }) {
  const [seen, setSeen] = useState(false);
  function accept() {
    setSeen(true);
    goOn();
  }
  if (hasMoved(draft.value.ground, footprint(known))) return html`<${Moved} draft=${draft} known=${known} sought=${sought} accept=${accept} clear=${clear} />`;
  if (!draft.restored || seen) return null;
  return html`<section class="work-note" aria-labelledby="work-restored">
    <h2 id="work-restored">${t("work.restored")}</h2>
    <p>${t("work.restored.decision", { at: moment(draft.savedAt) })}</p>
    <p class="row"><button type="button" class="button primary" onClick=${accept}>${t("work.keep_mine")}</button>
      <${DropText} text=${t("work.start_over")} act=${clear} /></p>
  </section>`;
}

function Moved({ draft, known, sought, accept, clear }) {
  const place = useRef(null);
  useEffect(() => {
    if (sought) place.current.focus();
  }, [sought]);
  return html`<section class="work-note" role="alert" aria-labelledby="work-moved">
    <h2 id="work-moved" ref=${place} tabindex="-1">${t("work.moved")}</h2>
    <ul>${newsSince(draft.value, known).map((one, i) => html`<li key=${i} dir="auto">${one}</li>`)}</ul>
    <p>${t("work.moved.do")}</p>
    <p class="row"><button type="button" class="button primary" onClick=${accept}>${t("work.moved.go_on")}</button>
      <${DropText} text=${t("work.start_over")} act=${clear} /></p>
  </section>`;
}

/** A sentence for each thing that is otherwise than when the draft was written. */
function newsSince({ ground: seen, form }, known) {
  const now = footprint(known);
  const name = (gate) => gateName(known.template, gate);
  const latest = latestOf(known.decisions);
  const round = submittedOf(known.rounds);
  return [
    seen.gate !== now.gate && t("work.moved.gate", { then: name(seen.gate), now: name(now.gate) }),
    seen.latest !== now.latest && latest && t("work.moved.decision", {
      outcome: label("outcome", latest.outcome), gate: name(latest.gate), on: day(latest.decided_on), number: latest.case_number }),
    seen.round !== now.round && round && t("work.moved.round", { round: round.round, at: moment(round.submitted_at), total: sekExactly(round.frozen?.total) }),
    form.supersedes && form.supersedes !== now.latest && t("work.moved.supersedes"),
  ].filter(Boolean);
}
