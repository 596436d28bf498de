/* Where everything stands on the day: figures, the board or the table, and what has ended. */

import { html } from "../../kit/dom.js";
import { dayLong, sekShort, today } from "../../kit/format.js";
import { href, setQuery } from "../../kit/router.js";
import { may } from "../../kit/session.js";
import { label, t } from "../../kit/texts.js";
import { cardsOf } from "../../parts/standing.js";
import { Nothing } from "../../parts/trouble.js";
import { Tabs } from "../../parts/tabs.js";
import { Board } from "./board.js";
import { Completed, Stopped } from "./ended.js";
import { figuresOf } from "./figures.js";
import { chosenNames, NONE_CHOSEN } from "./filters.js";
import { Legend } from "./strip.js";
import { CardTable } from "./table.js";

export function Situation({ whole, board, other, moved, query, names, me, code }) {
  const all = cardsOf(whole);
  const cards = cardsOf(board);
  if (!all.length) return html`<${Empty} me=${me} published=${whole.published} />`;
  const now = whole.as_of === today();
  return html`<div class="gates-lead">
      <h2>${now ? t("gates.today", { day: dayLong(whole.as_of) }) : t("gates.as_of", { day: dayLong(whole.as_of) })}</h2>
      <${Display} code=${code} query=${query} />
    </div>
    ${!now && html`<p class="soft">${whole.as_of > today() ? t("gates.as_of.ahead") : t("gates.as_of.past")}</p>`}
    <${Said} cards=${cards} all=${all} other=${other} moved=${moved} chosen=${chosenNames(query, names)} />
    <div class="gates-overview"><${Figures} figures=${figuresOf(cards)} /><${Legend} /></div>
    ${cards.length ? html`<${Stands} board=${board} moved=${moved} then=${sideOf(other, whole)} query=${query} names=${names} />` : html`<${NoMatch} />`}`;
}

/** Whether the board compared with is of an earlier or of a later day. */
function sideOf(other, board) {
  return other && other.as_of < board.as_of ? "before" : "after";
}

function Stands({ board, moved, then, query, names }) {
  const shared = { board, moved, then, names };
  if (query.show === "table") return html`<${CardTable} ...${shared} />`;
  return html`<${Board} ...${shared} /><${Completed} cards=${board.completed} ...${shared} /><${Stopped} cards=${board.stopped} ...${shared} />`;
}

function Display({ code, query }) {
  const address = (show) => href(["programs", code], { ...query, show });
  const tabs = [
    { key: "board", title: t("gates.show.board"), href: address("") },
    { key: "table", title: t("gates.show.table"), href: address("table") },
  ];
  return html`<${Tabs} label=${t("gates.show")} tabs=${tabs} current=${query.show === "table" ? "table" : "board"} />`;
}

/** Told politely when the day or the choice has changed; what was chosen away can be brought back here. */
function Said({ cards, all, other, moved, chosen }) {
  return html`<div class="gates-said"><p role="status">
      ${chosen ? t("gates.filtered", { shown: cards.length, total: all.length, chosen }) : ""}
      ${" "}${other ? t("gates.moved", { n: moved.size, day: dayLong(other.as_of) }) : ""}
    </p>
    ${chosen && html`<button type="button" class="button gates-clear" onClick=${() => setQuery(NONE_CHOSEN)}>${t("gates.filter.clear")}</button>`}
  </div>`;
}

function Figures({ figures }) {
  const overdue = figures.overdue ? t("gates.figure.overdue", { n: figures.overdue }) : null;
  const shown = [
    ["investments", figures.investments], ["decided", sekShort(figures.decided)], ["submitted", figures.submitted],
    ["on_hold", figures.on_hold, overdue], ["reconsideration_required", figures.reconsideration_required],
    ["completed", figures.completed], ["stopped", figures.stopped],
  ];
  return html`<dl class="gates-figures">
    ${shown.filter(([, value]) => value !== 0).map(([name, value, more]) => html`<div key=${name} class=${`gates-figure-${name}`}>
      <dt>${label("gates.figure", name)}${more && html`, <span class="gates-late">${more}</span>`}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

function NoMatch() {
  return html`<${Nothing} title=${t("gates.no_match")}><p>${t("gates.no_match.do")}</p></${Nothing}>`;
}

function Empty({ me, published }) {
  if (!me) return html`<${Nothing} title=${t("gates.empty.public")}><p>${t("gates.empty.public.do")}</p></${Nothing}>`;
  const writes = may(me, "POST /v1/investments");
  return html`<${Nothing} title=${t("gates.empty")}>
    <p>${writes ? t("gates.empty.do") : t("gates.empty.ask")}</p>
    ${writes && html`<p><a href="/docs">${t("gates.empty.how")}</a></p>`}
    ${!published && html`<p>${t("gates.empty.unpublished")}</p>`}
  </${Nothing}>`;
}
