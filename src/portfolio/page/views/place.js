/* The place: a map of a scheme, coloured by a measure, and the portfolio of the area one chooses. */

import { html, useMemo, useRef, useState } from "../kit/dom.js";
import { dayLong, today } from "../kit/format.js";
import { useLoad } from "../kit/load.js";
import { go, setQuery } from "../kit/router.js";
import { t } from "../kit/texts.js";
import { Loaded, Trouble, Waiting } from "../parts/trouble.js";
import { fetchAreas, fetchCollection, fetchPortfolio, fetchPrograms, fetchPublished, fetchSchemes } from "./place/data.js";
import { NoAreas, NoScheme, NoSuchScheme } from "./place/empty.js";
import { Legend } from "./place/legend.js";
import { PlaceMap } from "./place/map.js";
import { MEASURES, classesOf } from "./place/measures.js";
import { Overview } from "./place/overview.js";
import { AreaPanel } from "./place/panel.js";
import { AreaTable } from "./place/table.js";
import { Tools } from "./place/tools.js";
import { boundsOf } from "../parts/map.js";

export default function View({ parts, query, me }) {
  // Kept in another language: so is the map, where the reader put it.
  const schemes = useLoad("place.schemes", fetchSchemes, { keep: true });
  return html`<${Loaded} load=${schemes}>${(found) => {
    const scheme = parts[0] ? found.find((one) => one.code === parts[0]) : found[0];
    if (!found.length) return html`<${NoScheme} me=${me} />`;
    if (!scheme) return html`<${NoSuchScheme} code=${parts[0]} />`;
    if (!scheme.areas) return html`<${NoAreas} scheme=${scheme} schemes=${found} me=${me} />`;
    return html`<${Place} key=${scheme.code} scheme=${scheme} schemes=${found} chosen=${parts[1] ?? null} query=${query} me=${me} />`;
  }}</${Loaded}>`;
}

function Place({ scheme, schemes, chosen, query, me }) {
  const areas = useLoad(`place.areas ${scheme.code}`, (how) => fetchAreas(scheme.code, how));
  const ground = useLoad(`place.ground ${scheme.code}`, (how) => fetchCollection(`areas-${scheme.code}`, how), { keep: true });
  const programs = useLoad("place.programs", fetchPrograms);
  const elsewhere = useElsewhere(scheme, areas.value, me);
  const [pointed, setPointed] = useState(null);
  const [framed, setFramed] = useState(null);
  const measure = measureOf(query, areas.value);
  const classes = useMemo(() => classesOf(measure, areas.value ?? []), [measure, areas.value]);
  const shown = { areas: areas.value, measure, classes, kind: query.kind ?? "", stopped: query.stopped === "1", chosen, pointed, framed };
  const moved = useMoved(chosen);
  const choose = (code) => go(["place", scheme.code, code], query);
  return html`
    <div class="place-head"><h1>${t("place.title")}</h1><p class="lead">${me ? t("place.lead") : t("place.lead.public")}</p></div>
    <${Tools} schemes=${schemes} scheme=${scheme} measure=${measure} shown=${shown} change=${setQuery} />
    <div class="place-body">
      <section class="place-picture" aria-label=${t("place.map_and_legend")}>
        ${ground.error ? html`<${Trouble} error=${ground.error} again=${ground.again} />`
          : ground.value ? html`<${PlaceMap} scheme=${scheme.code} bounds=${boundsOf(ground.value)} label=${t("place.map_label", { scheme: scheme.name })} choose=${choose} ...${shown} />`
          : html`<div class="place-map place-map-coming"><${Waiting} text=${t("place.map_coming")} /></div>`}
        ${areas.value && html`<${Legend} measure=${measure} areas=${areas.value} classes=${classes} me=${me} shown=${shown} />`}
      </section>
      <aside class="place-panel" aria-label=${chosen ? t("place.panel.area") : t("place.panel.all")}>
        <${Loaded} load=${areas}>${(found) => chosen
          ? html`<${AreaPanel} key=${chosen} scheme=${scheme} code=${chosen} area=${found.find((one) => one.code === chosen)} programs=${programs.value} areas=${found} elsewhere=${elsewhere} query=${query} me=${me} moved=${moved} />`
          : html`<${Overview} scheme=${scheme} areas=${found} measure=${measure} programs=${programs} elsewhere=${elsewhere} query=${query} me=${me} point=${setPointed} frame=${setFramed} moved=${moved} />`}</${Loaded}>
      </aside>
    </div>
    ${areas.value && html`<${AreaTable} scheme=${scheme} areas=${areas.value} chosen=${chosen} query=${query} me=${me} point=${setPointed} />`}
    <p class="place-printed">${t("place.printed", { day: dayLong(today()), address: location.href })}</p>`;
}

/** What tells of the money that is in no area: a portfolio, or all that is published. */
function useElsewhere(scheme, areas, me) {
  // Each area's tells the same of the scheme; that with fewest investments is the shortest.
  const shortest = areas?.reduce((a, b) => (b.investments < a.investments ? b : a), areas[0]);
  return useLoad(shortest ? `place.elsewhere ${scheme.code} ${shortest.code}` : null,
    (how) => (me ? fetchPortfolio(scheme.code, shortest.code, "location", how) : fetchPublished(how)));
}

/** Whether one has gone on from the area, or from none, that the address named at first. */
function useMoved(chosen) {
  const begun = useRef({ chosen, moved: false });
  if (begun.current.chosen !== chosen) begun.current.moved = true;
  return begun.current.moved;
}

/** The measure of the address; else the one that says most and of which something is known. */
function measureOf({ measure }, areas) {
  if (MEASURES.includes(measure)) return measure;
  return areas && !areas.some((area) => area.per_resident > 0) ? "investments" : "per_resident";
}
