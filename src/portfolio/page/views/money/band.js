/* The rubber band of a year, drawn and told: one for capital, one for operating. */

import { compare, toOre } from "../../kit/format.js";
import { html } from "../../kit/dom.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { signOf, written } from "./amounts.js";
import { layOut, outline, strands } from "./band_layout.js";
import { BandTables } from "./band_tables.js";
import { Sum } from "./sums.js";

const LISTED = 6;

export function Band({ type, part, mode, year, unit, names }) {
  const told = tellerOf(part, unit);
  return html`<section class="card money-band" aria-labelledby=${`money-band-${type}`}>
    <h3 id=${`money-band-${type}`}>${label("type", type)} ${year}</h3>
    <p class="money-verdict">${told(verdictOf(part, mode))}</p>
    ${toOre(part.slack) + toOre(part.short) > 0n && html`<${Picture} part=${part} mode=${mode} unit=${unit} names=${names} describe=${told} />
      <${Key} part=${part} mode=${mode} unit=${unit} />
      <${Carries} part=${part} mode=${mode} />
      <div class="money-sides"><${Side} part=${part} side="slack" unit=${unit} names=${names} /><${Side} part=${part} side="short" unit=${unit} names=${names} /></div>`}
    <${BandTables} part=${part} unit=${unit} names=${names} title=${`${label("type", type)} ${year}`} />
  </section>`;
}

/** Which of the few things there are to say about a year. */
export function verdictOf(part, mode) {
  const [slack, short] = [signOf(part.slack), signOf(part.short)];
  if (!short) return slack ? "enough" : "even";
  if (!slack) return "no_slack";
  if (!signOf(part.rubber_band)) return "no_band";
  return signOf(part.covered_partial) ? mode : `${mode}_none`;
}

function tellerOf(part, unit) {
  const amounts = Object.fromEntries(["slack", "short", "covered_full", "covered_partial", "rubber_band", "uncovered"]
    .map((key) => [key, `${written(part[key], unit)}\u00a0${unit}`]));
  // The keys are literal, so that one that is missing or of no use is found.
  const tell = {
    even: () => t("money.verdict.even", amounts),
    enough: () => t("money.verdict.enough", amounts),
    no_slack: () => t("money.verdict.no_slack", amounts),
    no_band: () => t("money.verdict.no_band", amounts),
    partial: () => t("money.verdict.partial", amounts),
    partial_none: () => t("money.verdict.partial_none", amounts),
    full_none: () => t("money.verdict.full_none", amounts),
    full: () => t("money.verdict.full", amounts),
  };
  return (verdict) => tell[verdict]();
}

function Picture({ part, mode, unit, names, describe }) {
  const lay = layOut(part);
  return html`<div class="money-picture" role="img" aria-label=${describe(verdictOf(part, mode))}>
    <p class="money-track-name" aria-hidden="true">${t("money.band.slack")} <strong>${written(part.slack, unit)} ${unit}</strong></p>
    <${Track} pieces=${lay.slack} side="slack" full=${lay.full} unit=${unit} names=${names} />
    <${Stretch} lay=${lay} part=${part} mode=${mode} unit=${unit} />
    <${Track} pieces=${lay.short} side="short" full=${lay.full} unit=${unit} names=${names} />
    <p class="money-track-name" aria-hidden="true">${t("money.band.short")} <strong>${written(part.short, unit)} ${unit}</strong></p>
  </div>`;
}

function Track({ pieces, side, full, unit, names }) {
  return html`<div class=${`money-track money-track-${side}`} aria-hidden="true">
    ${pieces.length === 0 && html`<span class="money-track-empty">${t("money.band.none")}</span>`}
    ${pieces.map((piece) => html`<span key=${keyOf(piece)} class=${`money-piece ${piece.own ? "money-own" : "money-rest"}`} style=${placeOf(piece)}></span>`)}
    ${pieces.length > 0 && endOf(pieces) > full && html`<span class=${`money-beyond money-beyond-${side}`} style=${{ left: `${full}%`, width: `${endOf(pieces) - full}%` }}></span>`}
    ${pieces.map((piece) => html`<span key=${keyOf(piece)} class=${`money-named ${piece.own ? "money-named-own" : ""}`} style=${placeOf(piece)} title=${names.departmentName(piece.department)}>
      <span class="money-piece-name">${piece.department} ${written(piece.amount, unit)}</span></span>`)}
  </div>`;
}

function keyOf(piece) {
  return `${piece.department}-${piece.own}`;
}

function placeOf(piece) {
  return { left: `${piece.from}%`, width: `${piece.width}%` };
}

function endOf(pieces) {
  const last = pieces.at(-1);
  return last.from + last.width;
}

function Stretch({ lay, part, mode, unit }) {
  const hasBand = lay.full > lay.partial;
  return html`<div class="money-stretch" aria-hidden="true">
    <svg viewBox="0 0 1000 100" preserveAspectRatio="none">
      ${lay.partial > 0 && html`<rect class="money-straight" x="0" y="0" width=${lay.partial * 10} height="100" />`}
      ${hasBand && html`<g class=${`money-rubber money-rubber-${mode}`}><path class="money-rubber-body" d=${outline(lay.partial, lay.full)} />
        ${strands(lay.partial, lay.full, 5).map((path) => html`<path key=${path} class="money-strand" d=${path} />`)}</g>`}
    </svg>
    ${hasBand && html`<span class="money-waist" style=${{ left: `clamp(4.5rem, ${(lay.partial + lay.full) / 2}%, calc(100% - 4.5rem))` }}>
      ${t("money.band.rubber")} <strong>${written(part.rubber_band, unit)} ${unit}</strong></span>`}
  </div>`;
}

function Key({ part, mode, unit }) {
  const left = layOut(part).left;
  return html`<dl class="money-sums money-key">
    <${Sum} sign="money-sign-own" name=${t("money.band.covered_partial")} value=${written(part.covered_partial, unit)} unit=${unit} />
    <${Sum} sign="money-sign-rubber" name=${label("money.band.rubber_in", mode)} value=${signOf(part.rubber_band) ? `+${written(part.rubber_band, unit)}` : "0"} unit=${unit} />
    <${Sum} name=${t("money.band.covered_full")} value=${written(part.covered_full, unit)} unit=${unit} />
    <${Sum} sign="money-sign-uncovered" name=${t("money.band.uncovered")} value=${written(part.uncovered, unit)} unit=${unit} />
    ${signOf(left) > 0 && html`<${Sum} sign="money-sign-left" name=${t("money.band.left")} value=${written(left, unit)} unit=${unit} />`}
  </dl>`;
}

/** What waits for nothing but money that others have. */
function Carries({ part, mode }) {
  if (!part.carries.length) return null;
  const names = new Map(part.investments.map((one) => [one.investment, one.name]));
  return html`<p class="money-carries">${label("money.carries", mode)} ${part.carries.map((code, i) => html`${i > 0 ? ", " : ""}<a key=${code} href=${href(["investments", code])} dir="auto">${names.get(code) ?? code}</a>`)}</p>`;
}

function Side({ part, side, unit, names }) {
  const rows = part.investments.filter((one) => signOf(one[side]) > 0).sort((a, b) => compare(toOre(b[side]), toOre(a[side])));
  if (!rows.length) return null;
  return html`<div class="money-side"><h4>${label("money.side", side)}</h4>
    <ul>${rows.slice(0, LISTED).map((one) => html`<li key=${one.investment}>
      <span><a href=${href(["investments", one.investment])} dir="auto">${one.name}</a> <span class="soft">${names.departmentName(one.department)}</span></span>
      <span class="number">${written(one[side], unit)}\u00a0${unit}</span></li>`)}</ul>
    ${rows.length > LISTED && html`<p class="small">${t("money.side.more", { n: rows.length - LISTED })}</p>`}</div>`;
}
