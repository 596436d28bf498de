/* The panel of a chosen area: what it is, and what goes on there. */

import { html, useEffect, useRef } from "../../kit/dom.js";
import { number } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { useName } from "../../kit/title.js";
import { label, t } from "../../kit/texts.js";
import { Loaded, Nothing } from "../../parts/trouble.js";
import { PublicElsewhere } from "./elsewhere.js";
import { Portfolio } from "./portfolio.js";
import { PublicPortfolio } from "./published.js";

export function AreaPanel({ scheme, code, area, programs, areas, elsewhere, query, me, moved }) {
  const back = href(["place", scheme.code], query);
  const heading = useReadOn(moved);
  useName(area?.name);
  if (!area) {
    return html`<${Nothing} title=${t("place.no_such_area", { code })}><p>${t("place.no_such_area.do")}</p><p><a class="button" href=${back}>${t("place.back")}</a></p></${Nothing}>`;
  }
  const Content = me ? Portfolio : PublicPortfolio;
  return html`<p class="place-back"><a href=${back}>${t("place.back")}</a></p>
    <h2 ref=${heading} tabindex="-1" dir="auto">${area.name}</h2>
    <p class="place-facts">${[code, area.population !== null && t("place.residents", { n: area.population, number: number(area.population) }), area.area_type !== null && label("place.area_type", area.area_type)].filter(Boolean).join(" · ")}</p>
    <${Content} scheme=${scheme} area=${area} programs=${programs} query=${query} />
    ${!me && html`<${Loaded} load=${elsewhere}>${(all) => html`<${PublicElsewhere} areas=${areas} investments=${all} />`}</${Loaded}>`}`;
}

/** Whoever chose something else reads on at the heading of it; whoever chose on the map keeps that in sight. */
export function useReadOn(moved) {
  const heading = useRef(null);
  useEffect(() => {
    const beside = matchMedia("(min-width: 64rem)").matches || document.activeElement?.closest(".map");
    if (moved) heading.current?.focus({ preventScroll: Boolean(beside) });
  }, []);
  return heading;
}
