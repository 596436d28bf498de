/* One investment for those who are not signed in: what is published of it. */

import { html } from "../../kit/dom.js";
import { day, sek } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Loaded, Nothing } from "../../parts/trouble.js";
import { cardOf, useGates, useOpenInvestment } from "./asking.js";
import { Whole } from "./dossier.js";
import { Facts, Heading, Situation, period } from "./head.js";
import { Stepper } from "./stepper.js";
import { Where } from "./where.js";

export function OpenInvestment({ code, query }) {
  const load = useOpenInvestment(code);
  return html`<${Whole} load=${load}>${(feature) => html`<${Published} feature=${feature} query=${query} />`}</${Whole}>`;
}

function Published({ feature, query }) {
  const of = feature.properties;
  const way = useGates(of.program, of.gate, false);
  const card = way.value?.board ? cardOf(way.value.board, of.code) : null;
  return html`<div class="investment-top"><div class="investment-lead">
      <${Heading} of=${of} programName=${way.value?.name} overdue=${card?.overdue} />
      <${Situation} status=${of.status} last=${card && asDecision(card)} />
      <${Facts} rows=${factsOf(of, card)} />
    </div>
    <section class="investment-place" aria-labelledby="investment-place"><h2 id="investment-place">${t("investment.place")}</h2>
      <${Loaded} load=${way}>${() => html`<${Where} of=${of} location=${{ geometry: feature.geometry, published: true }} shares=${sharesOf(card)}
        ground=${way.value?.board?.areas[0]?.scheme} query=${query} />`}</${Loaded}></section>
  </div>
  <${Loaded} load=${way}>${({ gates }) => html`<${Stepper} gates=${gates} at=${of.gate} status=${of.status} />`}</${Loaded}>
  <${Nothing} title=${t("investment.more_inside")}><p>${t("investment.more_inside.what")}</p>
    <p><a class="button" href=${href(["sign-in"], { from: location.hash })}>${t("shell.sign_in")}</a></p></${Nothing}>`;
}

function factsOf(of, card) {
  return [
    [t("investment.department"), card?.department_name ?? of.department],
    [t("investment.period"), period(of)],
    [t("investment.serves"), label("serves", of.serves)],
    [t("investment.last_decision"), of.last_outcome && lastDecision(of, card)],
    [t("investment.money.decided"), sek(of.decided_total)],
    [t("investment.money.released"), sek(of.released_total)],
  ];
}

/** Its outcome and day; by whom and under which case number where the board says so. */
function lastDecision(of, card) {
  const said = t("investment.last_decision.is", { outcome: label("outcome", of.last_outcome), day: day(of.last_decided_on) });
  const by = card ? [card.last_decided_by_name ?? card.last_decided_by, card.last_case_number] : [];
  return [said, ...by.filter(Boolean)].join(", ");
}

/** What the board says of the last decision, as a decision. */
function asDecision(card) {
  return {
    outcome: card.last_outcome, decided_on: card.last_decided_on, hold_category: card.hold_category, review_on: card.review_on,
    reason: card.hold_reason ?? card.stop_reason, lesson: card.lesson, benefit_result: null,
  };
}

/** The areas of the card by scheme; the shares themselves are not public. */
function sharesOf(card) {
  // A scheme may be called what every object has.
  const shares = Object.create(null);
  for (const { scheme, code } of card?.areas ?? []) (shares[scheme] ??= []).push({ code, share: null });
  return shares;
}
