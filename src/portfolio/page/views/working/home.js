/* What waits for the signed-in caller, and where it is done. */

import { get, getAll, path } from "../../kit/api.js";
import { html, useState } from "../../kit/dom.js";
import { drafts, dropDraft } from "../../kit/drafts.js";
import { day, moment, sek, today } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { may } from "../../kit/session.js";
import { label, t } from "../../kit/texts.js";
import { Status } from "../../parts/badges.js";
import { Loaded, MayNot, Nothing } from "../../parts/trouble.js";
import { DropText } from "./asking.js";
import { Group, Line } from "./lines.js";
import { gateName } from "./loading.js";
import { deciderOf, grouped, isCommittees, isFor, nearness, raisedLevel } from "./waiting.js";

// Whose rounds are asked for one by one: those that come first in the list.
const LOOKED_INTO = 20;

async function load(options) {
  const [rows, programs, departments, templates, bodies, levels] = await Promise.all(
    ["/v1/gate-status", "/v1/programs", "/v1/departments", "/v1/gate-templates", "/v1/bodies", "/v1/decision-levels"].map((one) => getAll(one, options)));
  const moves = await Promise.all(programs.map((one) => getAll(path`/v1/programs/${one.code}/reallocations`, options)));
  return { rows, programs, departments, templates, bodies, levels, moves: moves.flat().filter((one) => one.waiting_for.length) };
}

export default function Home({ me }) {
  const loading = useLoad("work", load, { keep: true });
  const works = may(me, "POST /v1/investments/{investment}/assessments") || may(me, "POST /v1/investments/{investment}/decisions");
  return html`<h1>${t("work.home")}</h1>
    ${works ? html`<p class="lead">${t("work.home.lead")}</p><${Loaded} load=${loading}>${(known) => html`<${Groups} known=${known} me=${me} />`}</${Loaded}>`
      : html`<${MayNot} />`}`;
}

function Groups({ known, me }) {
  const day0 = today();
  const decides = (row) => may(me, "POST /v1/investments/{investment}/decisions") && isFor(me, row, known, day0);
  const groups = grouped(known.rows, me, { today: day0, decides });
  const assesses = may(me, "POST /v1/investments/{investment}/assessments");
  const [kept, setKept] = useState(keptHere);
  const drop = (key) => {
    dropDraft(key);
    setKept(keptHere());
  };
  const empty = !kept.length && !groups.decide.length && !groups.conditions.length && !known.moves.length && !(assesses && (groups.assess.length || groups.held.length));
  if (empty) return html`<${Nothing} title=${t("work.nothing")}><p>${t("work.nothing.do")}</p></${Nothing}>`;
  return html`<div class="work-groups">
    <${Kept} drafts=${kept} rows=${known.rows} drop=${drop} />
    <${ToDecide} rows=${groups.decide} known=${known} />
    ${assesses && html`<${ToAssess} rows=${groups.assess} known=${known} day0=${day0} />
      <${Submitted} rows=${groups.submitted.filter((row) => !groups.decide.includes(row))} known=${known} me=${me} />
      <${Held} rows=${groups.held} known=${known} day0=${day0} />`}
    <${WithConditions} rows=${groups.conditions} known=${known} day0=${day0} />
    <${Moves} moves=${known.moves} known=${known} />
  </div>`;
}

const templateOf = (row, known) => {
  const program = known.programs.find((one) => one.code === row.program);
  return known.templates.find((one) => one.code === program?.gate_template);
};
const gateOf = (row, known) => gateName(templateOf(row, known), row.gate);
const about = (row, known) => [row.investment, known.departments.find((one) => one.code === row.department)?.name ?? row.department, gateOf(row, known)];

const keptHere = () => drafts().map((draft) => ({ ...draft, ...placeOf(draft.key) })).filter((draft) => draft.form);

/** Which form a draft belongs to: `assessment.LIN-11`, and `condition.LIN-02.7.1` of a decision's first condition. */
function placeOf(key) {
  const [, form, code] = /^(assessment|decision|recommendation)\.(.+)$/.exec(key) ?? /^(condition)\.(.+)\.\d+\.\d+$/.exec(key) ?? [];
  return { form, code, address: form === "condition" ? "conditions" : form };
}

function Kept({ drafts: kept, rows, drop }) {
  return html`<${Group} id="drafts" title=${t("work.drafts")} hint=${t("work.drafts.hint")} items=${kept}>${({ key, form, code, address, savedAt }) => {
    const name = rows.find((one) => one.investment === code)?.name ?? code;
    return html`<${Line} key=${key} to=${`#/work/${encodeURIComponent(code)}/${address}`} action=${t("work.go_on_writing")}
      name=${name} about=${[code, label("work.form", form)]} when=${t("work.written_at", { at: moment(savedAt) })}
      more=${html`<${DropText} text=${t("work.drop")} named=${`${t("work.drop")}: ${label("work.form", form)}, ${name}`} act=${() => drop(key)} quiet />`} />`;
  }}</${Group}>`;
}

function ToDecide({ rows, known }) {
  return html`<${Group} id="decide" title=${t("work.to_decide")} hint=${t("work.to_decide.hint")} items=${rows}>${(row) => html`<${Line} key=${row.investment}
    to=${`#/work/${encodeURIComponent(row.investment)}/decision`} action=${t("work.register")} name=${row.name} about=${about(row, known)}
    when=${decidedBy(row, known)} amount=${sek(row.forecast_total)}
    tags=${row.weak_steps.length ? [["weak", t("work.weak", { steps: row.weak_steps.map((step) => label("step", step).toLowerCase()).join(", ") })]] : []} />`}</${Group}>`;
}

/** Where a committee decides, a higher body does so only for what is too large for it (G12, S2). */
function decidedBy(row, known) {
  const level = raisedLevel(row, known, today());
  if (level) return t("work.decided_by.level", { level: label("work.level", level) });
  const body = bodyName(deciderOf(row, known), known);
  return isCommittees(row, known) ? t("work.decided_by.committee", { body }) : t("work.decided_by", { body });
}

const bodyName = (code, known) => known.bodies.find((one) => one.code === code)?.name ?? code ?? "–";

/** Those in front are looked into: whose round has begun, and is only to be gone on with. */
function ToAssess({ rows, known, day0 }) {
  const first = rows.slice(0, LOOKED_INTO).map((row) => row.investment);
  const loading = useLoad(first.length ? `drafts.${first.join()}` : null, (options) => begunRounds(first, options), { keep: true });
  const begun = loading.value ?? {};
  return html`<${Group} id="assess" title=${t("work.to_assess")} hint=${t("work.to_assess.hint")} items=${rows}>${(row) => {
    const near = nearness(row.next_gate_on, day0);
    const draft = begun[row.investment]?.gate === row.gate ? begun[row.investment] : null;
    return html`<${Line} key=${row.investment} to=${`#/work/${encodeURIComponent(row.investment)}/assessment`} action=${draft ? t("work.go_on") : t("work.assess")}
      name=${row.name} about=${about(row, known)} when=${row.next_gate_on ? t("work.next_gate", { on: day(row.next_gate_on) }) : t("work.no_next_gate")}
      tags=${[near && [near, label("work.near", near)], draft && ["draft", t("work.begun", { round: draft.round })]].filter(Boolean)}
      status=${row.status === "preparing" ? null : html`<${Status} status=${row.status} />`} />`;
  }}</${Group}>`;
}

async function begunRounds(codes, options) {
  const found = await Promise.all(codes.map((code) => get(path`/v1/investments/${code}/assessments?limit=1000`, options)));
  return Object.fromEntries(codes.map((code, i) => [code, found[i].items.findLast((one) => one.status === "draft")]));
}

function Submitted({ rows, known, me }) {
  const recommends = (row) => may(me, "POST /v1/investments/{investment}/recommendations") && isCommittees(row, known);
  return html`<${Group} id="submitted" title=${t("work.submitted")} hint=${t("work.submitted.hint")} items=${rows}>${(row) => html`<${Line} key=${row.investment}
    to=${recommends(row) ? `#/work/${encodeURIComponent(row.investment)}/recommendation` : `#/investments/${encodeURIComponent(row.investment)}`}
    action=${recommends(row) ? t("work.recommend") : t("work.read")} name=${row.name} about=${about(row, known)}
    when=${decidedBy(row, known)} />`}</${Group}>`;
}

function Held({ rows, known, day0 }) {
  return html`<${Group} id="held" title=${t("work.held")} hint=${t("work.held.hint")} items=${rows}>${(row) => {
    const near = nearness(row.review_on, day0, 30);
    return html`<${Line} key=${row.investment} to=${`#/work/${encodeURIComponent(row.investment)}/assessment`} action=${t("work.assess")} name=${row.name}
      about=${about(row, known)} when=${t("work.review_on", { on: day(row.review_on) })} tags=${[[near, label("work.near", near)]]} />`;
  }}</${Group}>`;
}

/** The days stand in the decisions: those in front are looked into, so that what is late comes first. */
function WithConditions({ rows, known, day0 }) {
  const first = rows.slice(0, LOOKED_INTO).map((row) => row.investment);
  const loading = useLoad(first.length ? `conditions.${first.join()}` : null, (options) => firstDue(first, options), { keep: true });
  const due = loading.value ?? {};
  const sorted = [...rows].sort((a, b) => ((due[a.investment] ?? "9999") < (due[b.investment] ?? "9999") ? -1 : 1));
  return html`<${Group} id="conditions" title=${t("work.conditions.open")} hint=${t("work.conditions.open.hint")} items=${sorted}>${(row) => {
    const near = nearness(due[row.investment], day0);
    return html`<${Line} key=${row.investment} to=${`#/work/${encodeURIComponent(row.investment)}/conditions`} action=${t("work.follow_up")} name=${row.name} about=${about(row, known)}
      when=${[t("work.conditions.left", { n: row.open_conditions }), due[row.investment] && t("work.condition.due", { on: day(due[row.investment]) })].filter(Boolean).join(", ")}
      tags=${near ? [[near, label("work.near", near)]] : []} />`;
  }}</${Group}>`;
}

async function firstDue(codes, options) {
  const found = await Promise.all(codes.map((code) => getAll(path`/v1/investments/${code}/decisions`, options)));
  return Object.fromEntries(codes.map((code, i) => [code, found[i].filter((one) => !one.superseded_by).flatMap((one) => one.conditions)
    .filter((one) => !one.met_on && one.due_on).map((one) => one.due_on).sort()[0]]));
}

function Moves({ moves, known }) {
  const party = (one) => (one.body ? bodyName(one.body, known) : known.departments.find((unit) => unit.code === one.department)?.name ?? one.department);
  const investment = (code) => known.rows.find((row) => row.investment === code)?.name ?? code;
  const program = (code) => known.programs.find((one) => one.code === code)?.name ?? code;
  return html`<${Group} id="moves" title=${t("work.moves")} hint=${t("work.moves.hint")} items=${moves}>${(move) => html`<${Line} key=${`${move.program}.${move.id}`}
    to=${`#/investments/${encodeURIComponent(move.receiver)}`} action=${t("work.read")} amount=${sek(move.amount)}
    name=${t("work.move", { giver: investment(move.giver), receiver: investment(move.receiver) })} about=${[program(move.program), String(move.year), move.reason]}
    when=${t("work.waits_for", { who: move.waiting_for.map(party).join(", ") })} />`}</${Group}>`;
}
