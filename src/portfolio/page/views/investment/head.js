/* Which investment it is, how it stands, and what can be done with it. */

import { html } from "../../kit/dom.js";
import { day } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { may } from "../../kit/session.js";
import { label, t } from "../../kit/texts.js";
import { useName } from "../../kit/title.js";
import { Kind, Status } from "../../parts/badges.js";
import { Download } from "../../parts/download.js";
import { path } from "../../kit/api.js";

const ASSESS = "POST /v1/investments/{investment}/assessments";
const DECIDE = "POST /v1/investments/{investment}/decisions";

/** `of` is the investment or its public feature; `programName` may not have come yet. */
export function Heading({ of, programName, overdue }) {
  useName(of.name);
  return html`<header class="investment-heading">
    <p class="investment-way">
      <a href=${href(["investments"])}>${t("investment.list")}</a>
      ${of.program && html`<span aria-hidden="true"> / </span><a href=${href(["programs", of.program])} dir="auto">${t("investment.program_link", { name: programName ?? of.program })}</a>`}
    </p>
    <h1 dir="auto">${of.name}</h1>
    <p class="investment-signs"><span class="investment-code">${of.code}</span><${Kind} kind=${of.kind} /><${Status} status=${of.status} overdue=${overdue} /></p>
  </header>`;
}

/** What the reader may do next with it. */
export function Actions({ of, me }) {
  if (!of.program) return null;
  return html`<div class="investment-actions">
    ${may(me, ASSESS) && html`<a class="button primary" href=${href(["work", of.code, "assessment"])}>${t("investment.to_assessment")}</a>`}
    ${may(me, DECIDE) && html`<a class="button primary" href=${href(["work", of.code, "decision"])}>${t("investment.to_decision")}</a>`}
    <${Download} path=${path`/v1/investments/${of.code}/gate-paper.pdf`} accept="application/pdf">${t("investment.gate_paper")}</${Download}>
  </div>`;
}

/** Rows of name and value; those without a value are left out. */
export function Facts({ rows }) {
  const given = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return html`<dl class="investment-facts">${given.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd dir="auto">${value}</dd></div>`)}</dl>`;
}

export function period(of) {
  if (!of.starts_on && !of.ends_on) return null;
  return html`${day(of.starts_on)} <span aria-hidden="true">→</span><span class="visually-hidden">${t("investment.until")}</span> ${day(of.ends_on)}`;
}

/**
 * What its standing means, in words, where there is more to say than the word itself.
 * `last` is the latest decision that holds, or what is public of it; `cause` is why it is to be reconsidered, where known.
 */
export function Situation({ status, last, cause }) {
  const said = saidOf(status, last, cause);
  if (!said) return null;
  return html`<div class=${`investment-situation investment-situation-${status}`}>
    <p class="investment-situation-title">${said.title}</p>
    ${said.text && html`<p class="investment-words" dir="auto">${said.text}</p>`}
    ${said.more && html`<p class="small" dir="auto">${said.more}</p>`}
  </div>`;
}

function saidOf(status, last, cause) {
  if (status === "reconsideration_required") return { title: t("investment.reconsider"), text: cause ?? t("investment.reconsider.why"), more: t("investment.reconsider.do") };
  if (!last) return null;
  const since = { day: day(last.decided_on) };
  if (status === "on_hold") {
    return { title: t("investment.waits_since", since), text: last.reason, more: `${label("hold_category", last.hold_category)} · ${t("investment.review_on", { day: day(last.review_on) })}` };
  }
  if (status === "stopped") {
    return { title: t("investment.stopped_on", since), text: last.reason, more: last.lesson && t("investment.lesson", { lesson: last.lesson }) };
  }
  if (status === "completed") {
    return { title: t("investment.completed_on", since), text: last.benefit_result && t("investment.benefit_is", { result: label("benefit_result", last.benefit_result).toLowerCase() }) };
  }
  return last.outcome === "rework" ? { title: t("investment.sent_back", since), text: last.reason } : null;
}
