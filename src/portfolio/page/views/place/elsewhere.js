/* A7: what the areas do not hold is told beside every sum over them. */

import { html, useState } from "../../kit/dom.js";
import { fromOre, percent, sek, sekShort, sum, toOre } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Loaded } from "../../parts/trouble.js";
import { fetchElsewhere } from "./data.js";
import { shareText } from "./wording.js";

const PLACES = ["outside", "municipality_wide", "not_located"];
const MOST = 100;

/** Of a portfolio of the scheme: the sums are the same whichever area was asked for. */
export function Elsewhere({ scheme, portfolio }) {
  const rows = PLACES.filter((key) => toOre(portfolio[key]) !== 0n);
  const share = portfolio.located_share;
  return html`<section class="place-elsewhere"><h3>${t("place.elsewhere")}</h3>
    ${share !== null && html`<p>${rows.length ? t("place.located", { share: shareText(share), total: sekShort(portfolio.scheme_total) }) : t("place.located.all")}</p>`}
    ${rows.length > 0 && html`<dl class="place-list">${rows.map((key) => html`<div key=${key}><dt>${label("place.elsewhere", key)}</dt><dd>${sek(portfolio[key])}</dd></div>`)}</dl>`}
    ${portfolio.by === "location" && html`<${Which} scheme=${scheme} />`}
  </section>`;
}

/** Which they are is asked for only by those who want to know: it takes every investment's place. */
function Which({ scheme }) {
  const [wanted, setWanted] = useState(false);
  const load = useLoad(wanted ? `place.elsewhere.which ${scheme.code}` : null, (how) => fetchElsewhere(scheme.code, how));
  return html`<details class="as-table" onToggle=${(event) => setWanted(wanted || event.currentTarget.open)}>
    <summary>${t("place.elsewhere.which")}</summary>
    ${wanted && html`<${Loaded} load=${load}>${(found) => html`
      ${PLACES.every((key) => !found[key].length) && html`<p>${t("place.elsewhere.none")}</p>`}
      ${PLACES.filter((key) => found[key].length).map((key) => html`<div key=${key}><h4>${label("place.elsewhere", key)}</h4>
        <${Links} investments=${found[key]} after=${(one) => key === "outside" && ` (${percent(one.outside[scheme.code])})`} /></div>`)}`}</${Loaded}>`}
  </details>`;
}

/** What is published: `investments` are all of them, of which each area tells the codes that lie in it. */
export function PublicElsewhere({ areas, investments }) {
  const { total, rest, share, without } = publishedElsewhere(areas, investments);
  if (!investments.length) return null;
  return html`<section class="place-elsewhere"><h3>${t("place.elsewhere")}</h3>
    <p>${toOre(rest) === 0n ? t("place.located.all.public")
      : share === null ? t("place.located.rest", { rest: sek(rest) })
      : t("place.located.public", { share: shareText(share), total: sekShort(total), rest: sekShort(rest) })}</p>
    ${without.length > 0 && html`<details class="as-table"><summary>${t("place.elsewhere.without", { n: without.length })}</summary>
      <${Links} investments=${without} /></details>`}
  </section>`;
}

/**
 * `{total, rest, share, without}`: what all have decided, what of it is in no area, the share that is in one (null where
 * that says nothing), and the investments that are in none. Where an area has more than it tells they are not known.
 */
export function publishedElsewhere(areas, investments) {
  const amounts = (rows) => sum(rows.map((one) => (one.decided_total ?? 0).toFixed(2)));
  const [total, located] = [amounts(investments), amounts(areas)];
  const rest = fromOre(toOre(total) - toOre(located));
  const codes = areas.flatMap((area) => (area.codes ?? "").split(/[, ]+/));
  const somewhere = new Set(codes);
  const without = somewhere.has("…") ? [] : investments.filter((one) => !somewhere.has(one.code));
  const telling = toOre(located) >= 0n && toOre(rest) >= 0n && toOre(total) > 0n;
  return { total, rest, share: telling ? Number(located) / Number(total) : null, without };
}

function Links({ investments, after = () => "" }) {
  return html`<ul>${investments.slice(0, MOST).map((one) => html`<li key=${one.code}><a href=${href(["investments", one.code])} dir="auto">${one.name}</a>${after(one)}</li>`)}</ul>
    ${investments.length > MOST && html`<p class="small">${t("place.tip.more", { n: investments.length - MOST })}: <a href=${href(["investments"])}>${t("place.investments.list")}</a></p>`}`;
}
