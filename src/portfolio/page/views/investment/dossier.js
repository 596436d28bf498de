/* One investment for those who are signed in: every part of it, each of which may fail alone. */

import { html, useEffect, useRef } from "../../kit/dom.js";
import { day } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { namesOf } from "../../parts/names.js";
import { ENDED, isOverdue, nextGateOn } from "../../parts/standing.js";
import { Loaded, Nothing } from "../../parts/trouble.js";
import { OpenConditions, Readiness, Recommendations } from "./ahead.js";
import { useDossier, useGates } from "./asking.js";
import { Consequence } from "./consequence.js";
import { Timeline } from "./decisions.js";
import { latest, presentPlan } from "./gating.js";
import { Actions, Facts, Heading, Situation, period } from "./head.js";
import { Figures, Trail, Years } from "./money.js";
import { Outweighings } from "./outweighing.js";
import { causeText, useExceeded } from "./reconsidered.js";
import { Stepper } from "./stepper.js";
import { Steps } from "./steps.js";
import { Served, Where } from "./where.js";

const PARTS = ["ahead", "steps", "weighing", "decisions", "money"];

export function Dossier({ code, query, me }) {
  const loads = useDossier(code);
  return html`<${Whole} load=${loads.investment}>${(of) => html`<${Parts} of=${of} loads=${loads} query=${query} me=${me} />`}</${Whole}>`;
}

/** Without the investment itself there is only a heading and what went wrong. */
export function Whole({ load, children }) {
  if (load.value !== undefined && !load.error) return children(load.value);
  return html`<h1>${t("investment.title")}</h1><${Loaded} load=${load}>${() => null}</${Loaded}>
    ${load.error?.kind === "missing" && html`<p class="investment-back"><a class="button" href=${href(["investments"])}>${t("investment.to_list")}</a></p>`}`;
}

function Parts({ of, loads, query, me }) {
  const way = useGates(of.program, of.gate, true);
  const gates = way.value?.gates ?? [];
  const bodies = namesOf(loads.bodies.value);
  const shared = { of, loads, gates, bodies, query };
  useArrival(query.part, loads);
  return html`<${Top} way=${way} me=${me} ...${shared} />
    ${of.program ? html`<${Contents} code=${of.code} current=${query.part} /><${Ahead} ...${shared} /><${Judged} ...${shared} /><${Decided} ...${shared} />`
      : html`<div class="investment-part"><${Nothing} title=${t("investment.no_program")}><p>${t("investment.no_program.do")}</p></${Nothing}></div>`}
    <${Money} ...${shared} />`;
}

function Top({ of, way, loads, gates, query, me }) {
  const { decisions, rounds, departments } = loads;
  const last = decisions.value && latest(decisions.value);
  const cause = causeText(useExceeded(of));
  return html`<div class=${onMap(of) ? "investment-top" : "investment-top investment-top-plain"}><div class="investment-lead">
      <${Heading} of=${of} programName=${way.value?.name} overdue=${of.status === "on_hold" && isOverdue(last?.review_on)} />
      <${Situation} status=${of.status} last=${last} cause=${cause} />
      <${Actions} of=${of} me=${me} />
      <${Told} title=${t("investment.problem")} text=${of.problem} /><${Told} title=${t("investment.description")} text=${of.description} />
      <${Facts} rows=${[
        [t("investment.department"), namesOf(departments.value).get(of.department) ?? of.department],
        [t("investment.period"), period(of)],
        [t("investment.serves"), html`${label("serves", of.serves)}<${Served} areas=${of.served_areas} />`],
        [t("investment.next_gate_on"), nextText(of, rounds.value, decisions.value)],
      ]} />
    </div>
    <section class="investment-place" aria-labelledby="investment-place"><h2 id="investment-place">${t("investment.place")}</h2>
      <${Where} of=${of} location=${of.location} shares=${of.area_shares} outside=${of.outside} slivers=${of.slivers} query=${query} /></section>
  </div>
  ${of.program && html`<${Loaded} load=${way}>${() => html`<${Stepper} gates=${gates} at=${of.gate} status=${of.status} decisions=${decisions.value} />`}</${Loaded}>`}`;
}

const onMap = (of) => Boolean(of.location.geometry ?? of.location.areas);

function Told({ title, text }) {
  return text ? html`<div class="investment-told"><h2>${title}</h2><p class="investment-words" dir="auto">${text}</p></div>` : null;
}

function nextText(of, rounds, decisions) {
  if (!rounds || !decisions || ENDED.includes(of.status)) return null;
  const on = nextGateOn({ next_gate_on: presentPlan(rounds)?.next_gate_on, last_decided_on: latest(decisions)?.decided_on });
  return on && day(on);
}

/** The parts of the page; an address of each can be sent. */
function Contents({ code, current }) {
  return html`<nav class="investment-contents" aria-label=${t("investment.contents")}><ul>
    ${PARTS.map((part) => html`<li key=${part}><a href=${href(["investments", code], { part })} aria-current=${part === current ? "true" : undefined}
      onClick=${() => reach(part)}>${label("investment.part_of_page", part)}</a></li>`)}
  </ul></nav>`;
}

function reach(part) {
  const heading = document.getElementById(`investment-${part}`);
  heading?.focus({ preventScroll: true });
  heading?.scrollIntoView();
}

/** Once, when all has come that could push the part of the address down the page. */
function useArrival(part, loads) {
  const wanted = useRef(part);
  const ready = Object.values(loads).every((load) => !load.loading);
  useEffect(() => {
    if (!ready || !wanted.current) return;
    reach(wanted.current);
    wanted.current = null;
  }, [ready]);
}

function Part({ part, children }) {
  const id = `investment-${part}`;
  return html`<section class="investment-part" aria-labelledby=${id}><h2 id=${id} tabindex="-1">${label("investment.part_of_page", part)}</h2>${children}</section>`;
}

function Ahead({ of, loads, gates, query }) {
  if (ENDED.includes(of.status)) return html`<${Part} part="ahead"><p>${label("investment.ended", of.status)}</p></${Part}>`;
  return html`<${Part} part="ahead"><div class="investment-ahead">
    <div class="card"><h3>${t("investment.blocks")}</h3><${Readiness} of=${of} gates=${gates} query=${query} /></div>
    <div class="card"><h3>${t("investment.recommendation")}</h3><${Loaded} load=${loads.recommendations}>${(all) => html`
      <${Recommendations} recommendations=${all} at=${of.gate} gates=${gates} />`}</${Loaded}></div>
    <div class="card"><h3>${t("investment.open_conditions")}</h3><${Loaded} load=${loads.decisions}>${(all) => html`
      <${OpenConditions} decisions=${all} gates=${gates} />`}</${Loaded}></div>
  </div></${Part}>`;
}

/** The assessments stand also where the decisions did not come; the drawing needs both. */
function Judged({ loads, gates, query }) {
  const decisions = loads.decisions.value ?? [];
  return html`<${Part} part="steps"><${Loaded} load=${loads.rounds}>${(rounds) => html`
      <${Steps} rounds=${rounds} decisions=${decisions} gates=${gates} query=${query} />`}</${Loaded}></${Part}>
    <${Part} part="weighing"><${Loaded} load=${loads.decisions}>${(all) => html`
      <${Outweighings} decisions=${all} rounds=${loads.rounds.value ?? []} gates=${gates} />`}</${Loaded}></${Part}>`;
}

function Decided({ of, loads, gates, bodies, query }) {
  return html`<${Part} part="decisions"><${Loaded} load=${loads.decisions}>${(all) => html`
    <${Timeline} code=${of.code} decisions=${all} gates=${gates} bodies=${bodies} query=${query} />`}</${Loaded}></${Part}>`;
}

function Money({ loads, bodies }) {
  const released = loads.trail.value?.totals.find((one) => one.kind === "released")?.total ?? null;
  return html`<${Part} part="money">
    <${Loaded} load=${loads.plan}>${(plan) => html`<${Figures} plan=${plan} released=${released} /><${Years} plan=${plan} />`}</${Loaded}>
    <h3>${t("investment.consequence")}</h3><p class="soft">${t("investment.consequence.what")}</p>
    <${Calm} load=${loads.consequence}>${(consequence) => html`<${Consequence} consequence=${consequence} />`}</${Calm}>
    <h3>${t("investment.trail")}</h3><p class="soft">${t("investment.trail.what")}</p>
    <${Loaded} load=${loads.trail}>${({ items }) => html`<${Trail} items=${items} bodies=${bodies} />`}</${Loaded}>
  </${Part}>`;
}

/** A rate that nobody has registered yet is no fault: the rest of the page stands. */
function Calm({ load, children }) {
  if (load.error?.kind !== "refused") return html`<${Loaded} load=${load}>${children}</${Loaded}>`;
  return html`<${Nothing} title=${t("investment.not_yet")}><p>${load.error.problem?.detail}</p><p>${t("investment.not_yet.do")}</p></${Nothing}>`;
}
