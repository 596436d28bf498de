/* The panel before an area is chosen: where there is most, a search, and the programs. */

import { html, useId, useState } from "../../kit/dom.js";
import { get, path } from "../../kit/api.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { boxOf } from "../../parts/geometry.js";
import { Loaded, Nothing, Trouble } from "../../parts/trouble.js";
import { Elsewhere, PublicElsewhere } from "./elsewhere.js";
import { Bar } from "./figures.js";
import { found, ranked, valueOf } from "./measures.js";
import { useReadOn } from "./panel.js";
import { valueShort } from "./wording.js";

const MOST = 8;
const MOST_PROGRAMS = 100;

export function Overview({ scheme, areas, measure, programs, elsewhere, query, me, point, frame, moved }) {
  const [sought, setSought] = useState("");
  const id = useId();
  const heading = useReadOn(moved);
  const matches = sought.trim() ? found(areas, sought) : ranked(measure, areas);
  return html`<h2 ref=${heading} tabindex="-1" dir="auto">${scheme.name}</h2>
    ${scheme.description && html`<p class="small" dir="auto">${scheme.description}</p>`}
    <div class="place-search"><label for=${id}>${t("place.search")}</label>
      <input id=${id} type="search" autocomplete="off" value=${sought} dir="auto" onInput=${(event) => setSought(event.currentTarget.value)} /></div>
    <h3>${sought.trim() ? t("place.found", { n: matches.length }) : label("place.top", measure)}</h3>
    <${Ranking} scheme=${scheme} areas=${matches} measure=${measure} query=${query} point=${point} />
    ${!matches.length && (sought.trim() ? html`<p>${t("place.found.none")}</p>` : html`<${NothingYet} me=${me} />`)}
    <p class="visually-hidden" role="status">${sought.trim() && (matches.length ? t("place.found", { n: matches.length }) : t("place.found.none"))}</p>
    <${Loaded} load=${elsewhere}>${(all) => (me ? html`<${Elsewhere} scheme=${scheme} portfolio=${all} />` : html`<${PublicElsewhere} areas=${areas} investments=${all} />`)}</${Loaded}>
    <h3>${t("place.programs")}</h3>
    <${Loaded} load=${programs}>${(all) => html`<${Programs} programs=${all} frame=${frame} me=${me} />`}</${Loaded}>`;
}

function Ranking({ scheme, areas, measure, query, point }) {
  const most = Math.max(...areas.map((area) => valueOf(measure, area) ?? 0), 0);
  return html`<ol class="place-ranking">${areas.slice(0, MOST).map((area) => html`<li key=${area.code}>
      <a href=${href(["place", scheme.code, area.code], query)} onMouseEnter=${() => point(area.code)} onMouseLeave=${() => point(null)}
        onFocus=${() => point(area.code)} onBlur=${() => point(null)}>
        <span class="place-ranking-name" dir="auto">${area.name}</span>
        <span class="place-ranking-value">${valueShort(measure, valueOf(measure, area))}</span>
        ${measure !== "area_type" && html`<${Bar} share=${(valueOf(measure, area) ?? 0) / (most || 1)} />`}</a></li>`)}</ol>
    ${areas.length > MOST && html`<p class="small">${t("place.ranking.rest", { n: areas.length - MOST })}</p>`}`;
}

function NothingYet({ me }) {
  return me ? html`<${Nothing} title=${t("place.nothing")}><p>${t("place.nothing.do")}</p></${Nothing}>`
    : html`<${Nothing} title=${t("place.nothing.public")}><p>${t("place.nothing.public.do")}</p></${Nothing}>`;
}

function Programs({ programs, frame, me }) {
  const [{ error, missing }, setAnswer] = useState({});
  const go = (one) => get(path`/ogc/collections/programs/items/${one.code}`).then(({ geometry }) => {
    const box = boxOf([geometry]);
    setAnswer({ missing: box ? null : one });
    if (!box) return;
    frame(box);
    // On a telephone the map is above.
    document.querySelector(".place-map")?.scrollIntoView({ block: "nearest" });
  }).catch((failed) => setAnswer({ error: failed }));
  if (!programs.length) return html`<p>${me ? t("place.programs.none") : t("place.programs.none.public")}</p>`;
  return html`<ul class="place-programs">${programs.slice(0, MOST_PROGRAMS).map((one) => html`<li key=${one.code}>
      <a href=${href(["programs", one.code])} dir="auto">${one.name}</a>
      <span class="small">${t("place.investments", { n: one.investments })}${one.on_hold ? t("place.of_which_waits", { n: one.on_hold }) : ""}</span>
      <button type="button" class="button quiet place-show" onClick=${() => go(one)}>${t("place.programs.show")}<span class="visually-hidden"> ${one.name}</span></button></li>`)}</ul>
    ${programs.length > MOST_PROGRAMS && html`<p><a href=${href(["programs"])}>${t("place.programs.rest", { n: programs.length - MOST_PROGRAMS })}</a></p>`}
    <p role="status" dir="auto">${missing && t("place.programs.nowhere", { name: missing.name })}</p>
    ${error && html`<${Trouble} error=${error} compact />`}`;
}
