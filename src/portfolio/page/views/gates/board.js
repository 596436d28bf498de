/* The board: a column for each gate, with those that wait aside inside it. */

import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { sekShort } from "../../kit/format.js";
import { t } from "../../kit/texts.js";
import { Card } from "./card.js";
import { decidedTotal } from "./figures.js";

const FIRST = 24;
const MORE = 100;

export function Board({ board, ...shared }) {
  const { names } = shared;
  return html`<nav class="gates-jump" aria-label=${t("gates.jump")}><ul>
      ${board.gates.map((gate) => html`<li key=${gate.gate}><button type="button" class="button" onClick=${() => goTo(gate.gate)}>${names.gate(gate.gate)} <span class="gates-count">${gate.investments.length}</span></button></li>`)}
    </ul></nav>
    <div class="gates-board" style=${{ "--gates-columns": board.gates.length }}>
      ${board.gates.map((gate) => html`<${Column} key=${gate.gate} gate=${gate} board=${board} ...${shared} />`)}
    </div>`;
}

function headingOf(gate) {
  return `gates-gate-${gate}`;
}

/** An address of ours begins with #, so a place in the page can't be one. */
function goTo(gate) {
  document.getElementById(headingOf(gate)).focus();
}

function Column({ gate, ...shared }) {
  const cards = gate.investments;
  const waiting = cards.filter((card) => card.status === "on_hold");
  const going = cards.filter((card) => card.status !== "on_hold");
  const id = headingOf(gate.gate);
  return html`<section class="gates-column" aria-labelledby=${id}>
    <div class="gates-column-head">
      <h3 id=${id} tabindex="-1" dir="auto"><span class="gates-position"><span class="visually-hidden">${t("gates.gate")} </span>${gate.position}</span> ${shared.names.gate(gate.gate)}</h3>
      <p><span>${t("gates.count", { n: cards.length })}</span> ${cards.length > 0 && html`<span class="gates-sum">${sekShort(decidedTotal(cards))}</span>`}</p>
    </div>
    ${going.length > 0 && html`<${Cards} cards=${going} ...${shared} />`}
    ${waiting.length > 0 && html`<div class="gates-waiting"><h4><${Pause} />${t("gates.waiting", { n: waiting.length })}</h4><${Cards} cards=${waiting} ...${shared} /></div>`}
  </section>`;
}

function Pause() {
  return html`<svg class="gates-pause" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d="M2 1h3v10H2zM7 1h3v10H7z" /></svg>`;
}

/** The first of them; more are shown by the hundred, and the reader goes on where they begin. */
export function Cards({ cards, ...shared }) {
  const [shown, setShown] = useState(FIRST);
  const list = useRef(null);
  const begins = useRef(null);
  useEffect(() => {
    if (begins.current === null) return;
    list.current.children[begins.current]?.querySelector("a").focus();
    begins.current = null;
  }, [shown]);
  const more = () => {
    begins.current = shown;
    setShown(shown + MORE);
  };
  const rest = cards.length - shown;
  return html`<ul class="gates-cards" ref=${list}>
      ${cards.slice(0, shown).map((card) => html`<li key=${card.investment}><${Card} card=${card} ...${shared} /></li>`)}
    </ul>
    ${rest > 0 && html`<p class="gates-more">${t("gates.shown", { shown, total: cards.length })}
      <button type="button" class="button" onClick=${more}>${t("table.more", { more: Math.min(MORE, rest) })}</button></p>`}`;
}
