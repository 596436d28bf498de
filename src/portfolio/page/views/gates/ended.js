/* What is done, and what was stopped and what it taught: below the board. */

import { html, useState } from "../../kit/dom.js";
import { day, sekShort } from "../../kit/format.js";
import { t } from "../../kit/texts.js";
import { Moved, Top } from "./card.js";
import { decidedTotal } from "./figures.js";

const MORE = 100;

export function Completed({ cards, ...shared }) {
  return html`<${Ended} id="gates-completed" title=${t("gates.completed")} cards=${cards} One=${Done} ...${shared} />`;
}

export function Stopped({ cards, ...shared }) {
  return html`<${Ended} id="gates-stopped" title=${t("gates.stopped")} cards=${cards} One=${Stop} ...${shared} />`;
}

function Ended({ id, title, cards, One, ...shared }) {
  const [shown, setShown] = useState(MORE);
  if (!cards.length) return null;
  return html`<section class=${`gates-ended ${id}`} aria-labelledby=${id}>
    <div class="gates-column-head"><h3 id=${id}>${title}</h3>
      <p><span>${t("gates.count", { n: cards.length })}</span> <span class="gates-sum">${sekShort(decidedTotal(cards))}</span></p></div>
    <ul class="gates-cards">${cards.slice(0, shown).map((card) => html`<li key=${card.investment}><${One} card=${card} ...${shared} /></li>`)}</ul>
    ${cards.length > shown && html`<p class="gates-more"><button type="button" class="button" onClick=${() => setShown(shown + MORE)}>${t("table.more", { more: Math.min(MORE, cards.length - shown) })}</button></p>`}
  </section>`;
}

function Done({ card, ...shared }) {
  return html`<article class="gates-card"><${Beginning} card=${card} ...${shared} />
    <p class="gates-decision">${t("gates.completed.on", { day: day(card.last_decided_on) })}. <${By} card=${card} names=${shared.names} /></p>
  </article>`;
}

function Stop({ card, ...shared }) {
  const gate = shared.names.gate(card.gate);
  return html`<article class="gates-card gates-card-stopped"><div><${Beginning} card=${card} ...${shared} />
      <p class="gates-decision">${t("gates.stopped.at", { gate, day: day(card.last_decided_on) })}. <${By} card=${card} names=${shared.names} /></p></div>
    <dl class="gates-why">
      <div><dt>${t("gates.stop_reason")}</dt><dd dir="auto">${card.stop_reason}</dd></div>
      ${card.lesson && html`<div><dt>${t("gates.lesson")}</dt><dd dir="auto">${card.lesson}</dd></div>`}
    </dl>
  </article>`;
}

function Beginning({ card, moved, then, names }) {
  const there = moved.get(card.investment);
  return html`<${Top} card=${card} names=${names} />
    <p class="gates-money"><span class="gates-amount">${sekShort(card.decided_total)}</span> ${t("gates.decided")}</p>
    ${there && html`<${Moved} card=${card} there=${there} then=${then} names=${names} />`}`;
}

function By({ card, names }) {
  return html`<span dir="auto">${names.body(card.last_decided_by)}</span> <span class="gates-aside" dir="auto">${card.last_case_number}</span>`;
}
