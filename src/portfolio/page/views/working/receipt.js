/* What was registered, with the proof of what it was decided on. */

import { get, path } from "../../kit/api.js";
import { html, useEffect, useRef } from "../../kit/dom.js";
import { day, moment } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Outcome } from "../../parts/badges.js";
import { Download } from "../../parts/download.js";
import { Loaded } from "../../parts/trouble.js";
import { sekExactly } from "./amounts.js";
import { Facts } from "./forms.js";

export function Receipt({ code, id, changed }) {
  const title = useRef(null);
  const loading = useLoad(`receipt.${code}.${id}`, ({ signal }) => get(path`/v1/investments/${code}/decisions/${id}`, { signal }));
  useEffect(() => { title.current?.focus(); }, []);
  return html`<p class="work-eyebrow"><a href="#/work">${t("work.title")}</a> <span aria-hidden="true">/</span> <a href=${`#/investments/${encodeURIComponent(code)}`}>${code}</a></p>
    <h1 ref=${title} tabindex="-1">${t("work.receipt")}</h1>
    ${changed && html`<p class="work-note">${t("work.receipt.changed")} <a href=${href(["work", code, "decision"])}>${t("work.receipt.to_text")}</a></p>`}
    <${Loaded} load=${loading}>${(decision) => html`<${Shown} code=${code} decision=${decision} />`}</${Loaded}>`;
}

function onRound({ round, snapshot }) {
  if (!round) return [];
  return [[t("work.confirm.round"), t("work.confirm.round.of", { round })], [t("work.round.total"), sekExactly(snapshot.round.frozen.total)]];
}

function Shown({ code, decision }) {
  const name = decision.snapshot.investment.name;
  return html`<section class="card work-receipt" aria-label=${t("work.receipt.of")}>
    <p class="work-receipt-number" dir="auto">${decision.case_number}</p>
    <p><${Outcome} outcome=${decision.outcome} /> ${label("gate", decision.gate)} · <span dir="auto">${name}</span></p>
    <${Facts} facts=${[
      [label("work.field", "decided_on"), day(decision.decided_on)],
      [t("work.receipt.recorded"), moment(decision.recorded_at)],
      ...onRound(decision),
      ...(decision.released_amount ? [[label("work.field", "released_amount"), sekExactly(decision.released_amount)]] : []),
      [t("work.receipt.id"), String(decision.id)],
      [t("work.receipt.hash"), html`<code class="work-hash">${decision.snapshot_sha256}</code>`],
    ]} />
    <p class="hint">${t("work.receipt.hash.hint")}</p>
    <p class="row">
      <a class="button primary" href=${`#/investments/${encodeURIComponent(code)}`}>${t("work.to_investment")}</a>
      <${Download} path=${path`/v1/investments/${code}/gate-paper.pdf`} accept="application/pdf">${t("work.gate_paper")}</${Download}>
      ${decision.conditions.length > 0 && html`<a class="button" href=${`#/work/${encodeURIComponent(code)}/conditions`}>${t("work.to_conditions")}</a>`}
      <a class="button" href="#/work">${t("work.to_list")}</a>
    </p>
  </section>`;
}
