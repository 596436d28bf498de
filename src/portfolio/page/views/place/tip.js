/* What is told of that which one points at, or has touched, on the map. */

import { html, useEffect, useRef } from "../../kit/dom.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { KindSign, Status } from "../../parts/badges.js";
import { valueOf } from "./measures.js";
import { valueText } from "./wording.js";

/** How near is at: a finger is not a pen. */
const REACH = 10;
const MOST = 6;

/**
 * Listens on the map. `show` gets `{x, y, area, investments, held}` or null; `choose` the code of an area that was
 * clicked. Returns what stops it.
 */
export function pointing(map, collection, { show, choose }) {
  let held = false;
  let waiting = 0;
  const look = (event, hold) => {
    const found = whatIsAt(map, event.point);
    held = hold && found.investments.length > 0;
    map.getCanvas().style.cursor = found.area || found.investments.length ? "pointer" : "";
    point(found.area?.id ?? null);
    show(found.area || found.investments.length ? { ...event.point, ...found, held } : null);
    return found;
  };
  const point = marker(map, collection);
  const clear = () => { held = false; point(null); show(null); };
  map.on("mousemove", (event) => {
    if (held || map.isMoving()) return;
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => look(event, false));
  });
  map.on("mouseout", () => { cancelAnimationFrame(waiting); if (!held) clear(); });
  map.on("movestart", clear);
  map.on("click", (event) => {
    cancelAnimationFrame(waiting);
    const found = look(event, true);
    if (!held && found.area) choose(found.area.id);
  });
  return () => cancelAnimationFrame(waiting);
}

function marker(map, sourceLayer) {
  let marked = null;
  return (id) => {
    if (id === marked) return;
    if (marked !== null) map.setFeatureState({ source: "areas", sourceLayer, id: marked }, { pointed: false });
    if (id !== null) map.setFeatureState({ source: "areas", sourceLayer, id }, { pointed: true });
    marked = id;
  };
}

function whatIsAt(map, { x, y }) {
  const box = [[x - REACH, y - REACH], [x + REACH, y + REACH]];
  const layers = ["dots", "signs"].filter((one) => map.getLayer(one));
  const near = layers.length ? map.queryRenderedFeatures(box, { layers }) : [];
  const investments = [...new Map(near.map((one) => [one.properties.code, one.properties])).values()];
  const area = map.queryRenderedFeatures([x, y], { layers: ["areas"] })[0];
  return { area: area && { id: area.id, name: area.properties.name }, investments };
}

/** Beside the pointer, and inside the map whatever it says. */
export function Tip({ tip, areas, measure, close }) {
  const place = useRef(null);
  useEffect(() => {
    if (!tip) return;
    const { offsetWidth: width, offsetHeight: height, parentElement } = place.current;
    const x = Math.min(tip.x + 14, parentElement.clientWidth - width - 6);
    const y = tip.y + 18 + height > parentElement.clientHeight ? tip.y - height - 12 : tip.y + 18;
    place.current.style.transform = `translate(${Math.max(6, x)}px, ${Math.max(6, y)}px)`;
  }, [tip]);
  if (!tip) return null;
  const values = tip.area && areas?.find((one) => one.code === tip.area.id);
  return html`<div class=${tip.held ? "place-tip place-tip-held" : "place-tip"} ref=${place} onKeyDown=${(event) => event.key === "Escape" && close()}>
    ${tip.investments.slice(0, MOST).map((one) => html`<${Investment} key=${one.code} investment=${one} held=${tip.held} />`)}
    ${tip.investments.length > MOST && html`<p class="small">${t("place.tip.more", { n: tip.investments.length - MOST })}</p>`}
    ${tip.area && html`<p class="place-tip-area"><strong dir="auto">${tip.area.name}</strong>
      ${values && html`<span>${label("place.measure", measure)}: ${valueText(measure, valueOf(measure, values))}</span>`}</p>`}
    ${tip.held && html`<button type="button" class="button quiet" onClick=${close}>${t("shell.close")}</button>`}
  </div>`;
}

function Investment({ investment, held }) {
  const { code, name, kind, gate, status } = investment;
  return html`<p class="place-tip-investment"><${KindSign} kind=${kind} />
    <span>${held ? html`<a href=${href(["investments", code])} dir="auto">${name}</a>` : html`<strong dir="auto">${name}</strong>`}
    <span class="small">${label("gate", gate)} <${Status} status=${status} /></span></span></p>`;
}
