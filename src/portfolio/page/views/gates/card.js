/* One investment on the board. */

import { html } from "../../kit/dom.js";
import { day, sekShort } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { KindSign, Status } from "../../parts/badges.js";
import { ENDED, nextGateOn } from "../../parts/standing.js";

const MARKED = ["submitted", "reconsideration_required"];

export function Card({ card, board, moved, then, names }) {
  const there = moved.get(card.investment);
  const waits = card.status === "on_hold";
  return html`<article class=${`gates-card${waits ? " gates-card-waits" : ""}${there ? " gates-card-moved" : ""}`}>
    <${Top} card=${card} names=${names} />
    ${MARKED.includes(card.status) && html`<p><${Status} status=${card.status} /></p>`}
    ${there && html`<${Moved} card=${card} there=${there} then=${then} names=${names} />`}
    <${Money} card=${card} />
    ${waits ? html`<${Hold} card=${card} />` : html`<${NextGate} card=${card} on=${board.as_of} />`}
  </article>`;
}

/** Which investment it is, and whose. */
export function Top({ card, names }) {
  return html`<p class="gates-card-top"><${KindSign} kind=${card.kind} /><span class="visually-hidden">${label("kind", card.kind)}</span>
    <span class="gates-code" dir="auto">${card.investment}</span></p>
    <p class="gates-name"><a href=${href(["investments", card.investment])} dir="auto">${card.name}</a></p>
    <p class="gates-department" dir="auto">${names.department(card.department)}</p>`;
}

function Money({ card }) {
  const decided = Number(card.decided_total) !== 0;
  return html`<p class="gates-money">${decided ? html`<span class="gates-amount">${sekShort(card.decided_total)}</span> ${t("gates.decided")}` : t("gates.undecided")}</p>`;
}

function NextGate({ card, on }) {
  const planned = nextGateOn(card);
  if (!planned) return null;
  const passed = planned < on;
  return html`<p class=${passed ? "gates-next gates-late" : "gates-next"}>${passed
    ? t("gates.next.passed", { day: day(planned) }) : t("gates.next", { day: day(planned) })}</p>`;
}

/** Why it waits, and when that is looked at again. */
export function Hold({ card }) {
  return html`<p class="gates-reason" dir="auto"><strong>${label("hold_category", card.hold_category)}.</strong> ${card.hold_reason}</p>
    <p class=${card.overdue ? "gates-next gates-late" : "gates-next"}>${card.overdue
      ? t("gates.review.overdue", { day: day(card.review_on) }) : t("gates.review", { day: day(card.review_on) })}</p>`;
}

/** What is said of where it stood on the day compared with: its end, its gate, or else its status. */
export function placeThere(card, there, names) {
  const ended = ENDED.includes(there.status);
  return ended || (there.gate === card.gate && !ENDED.includes(card.status)) ? label("status", there.status) : names.gate(there.gate);
}

export function Moved({ card, there, then, names }) {
  const place = placeThere(card, there, names);
  return html`<p class="gates-moved"><${Arrow} />${then === "before" ? t("gates.was", { place }) : t("gates.will_be", { place })}</p>`;
}

function Arrow() {
  return html`<svg class="gates-arrow" viewBox="0 0 14 12" width="14" height="12" aria-hidden="true"><path d="M1 6h11M8 2l4 4-4 4" /></svg>`;
}
