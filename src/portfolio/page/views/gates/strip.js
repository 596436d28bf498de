/* A board in small: how many stand at each gate, with a sign for each. */

import { html } from "../../kit/dom.js";
import { sekShort } from "../../kit/format.js";
import { t } from "../../kit/texts.js";
import { Kind, KindSign } from "../../parts/badges.js";
import { cardsOf, gateName } from "../../parts/standing.js";
import { figuresOf } from "./figures.js";
import { gatesOf } from "./names.js";

// More say nothing that the figure does not.
const MOST_SIGNS = 16;

export function Strip({ board }) {
  const figures = figuresOf(cardsOf(board));
  if (!figures.investments) return html`<p class="soft">${t("gates.strip.empty")}</p>`;
  const ended = [["completed", t("gates.completed")], ["stopped", t("gates.stopped")]].filter(([key]) => board[key].length);
  return html`<p class="gates-strip-sum"><strong>${t("gates.count", { n: figures.investments })}</strong>, ${sekShort(figures.decided)} ${t("gates.decided")}</p>
    <ol class="gates-strip">
      ${board.gates.map((gate) => html`<${Cell} key=${gate.gate} name=${gateName(gate.gate, gatesOf(board))} cards=${gate.investments} />`)}
      ${ended.map(([key, name]) => html`<${Cell} key=${key} name=${name} cards=${board[key]} ended />`)}
    </ol>`;
}

function Cell({ name, cards, ended }) {
  const waiting = cards.filter((card) => card.status === "on_hold").length;
  const drawn = cards.slice(0, MOST_SIGNS);
  return html`<li class=${ended ? "gates-cell gates-cell-ended" : "gates-cell"}>
    <span class="gates-cell-name" dir="auto">${name}</span>
    <span class="gates-cell-count">${cards.length}${waiting > 0 && html` <span class="gates-cell-waits">${t("gates.strip.waiting", { n: waiting })}</span>`}</span>
    <span class="gates-signs" aria-hidden="true">
      ${drawn.map((card) => html`<span key=${card.investment} class=${card.status === "on_hold" ? "gates-sign-waits" : ""}><${KindSign} kind=${card.kind} /></span>`)}
      ${cards.length > MOST_SIGNS && "…"}
    </span>
  </li>`;
}

/** What the signs mean. */
export function Legend() {
  return html`<p class="gates-legend small"><${Kind} kind="physical" /><${Kind} kind="social" /></p>`;
}
