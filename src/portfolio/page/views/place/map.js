/* The map of the place: areas coloured by a measure, investments as signs. */

import { html, useEffect, useLayoutEffect, useRef, useState } from "../../kit/dom.js";
import { session } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { token } from "../../kit/theme.js";
import { boxOf } from "../../parts/geometry.js";
import { MapView } from "../../parts/map.js";
import { fetchArea } from "./data.js";
import { AREAS, addLayers, investmentFilter, makeRoom, paintAreas } from "./layers.js";
import { commonPrefix, namePoints } from "./names.js";
import { drawMissing } from "./signs.js";
import { NOTHING, UNKNOWN, colourOf, countOf, valueOf } from "./measures.js";
import { Tip, pointing } from "./tip.js";

/**
 * `areas` are the measures (undefined until they come) and `classes` how they are divided; `kind` and `stopped` tell
 * which signs are seen; `pointed` is the code of an area that is pointed at elsewhere, `framed` a box to go to.
 */
export function PlaceMap({ scheme, bounds, label, choose, ...shown }) {
  const [ground, setGround] = useState(null);
  const [tip, setTip] = useState(null);
  // The area that was last brought into sight, or clicked there.
  const seen = useRef(null);
  const newest = useRef(null);
  newest.current = (code) => {
    seen.current = code;
    choose(code);
  };
  const draw = (map) => {
    const made = lay(map, scheme);
    const stop = pointing(map, `areas-${scheme}`, { show: setTip, choose: (code) => newest.current(code) });
    setGround(made);
    return () => {
      stop();
      setGround(null);
      setTip(null);
    };
  };
  useShown(ground, shown);
  useFraming(ground, scheme, shown, seen);
  const actor = session.get().me?.actor ?? "";
  return html`<div class="place-map">
    <${MapView} label=${label} bounds=${bounds} draw=${draw} changed=${`${scheme} ${actor}`} className="place-map-view" />
    ${ground && bounds && html`<button type="button" class="button place-whole" onClick=${() => ground.frame(bounds)}>${t("place.whole")}</button>`}
    <${Tip} tip=${tip} areas=${shown.areas} measure=${shown.measure} close=${() => setTip(null)} />
  </div>`;
}

/** Keeps the map in step with what is to be seen on it, at once: what is drawn later would be seen half done. */
function useShown(ground, { areas, measure, classes, kind, stopped, chosen, pointed }) {
  useLayoutEffect(() => ground?.paint(areas, measure, classes), [ground, areas, measure, classes]);
  useLayoutEffect(() => ground?.filter(kind, stopped), [ground, kind, stopped]);
  useLayoutEffect(() => ground?.point(pointed), [ground, pointed]);
  useLayoutEffect(() => ground?.choose(chosen), [ground, chosen]);
}

/** What was chosen elsewhere than on the map is brought into sight, once: a map in other colours stays where it was. */
function useFraming(ground, scheme, { areas, chosen, framed }, seen) {
  const known = areas?.some((area) => area.code === chosen) ?? false;
  const still = useRef(chosen !== null);
  useEffect(() => {
    if (chosen === null) seen.current = null;
    if (!ground || !known || seen.current === chosen) return undefined;
    const arriving = still.current;
    still.current = false;
    const control = new AbortController();
    // The panel tells what is wrong with an area that can't be had; the map stays where it is.
    fetchArea(scheme, chosen, { signal: control.signal }).then((area) => {
      seen.current = chosen;
      ground.frame(boxOf([area.geometry]), arriving);
    }).catch(() => {});
    return () => control.abort();
  }, [ground, scheme, chosen, known]);
  useEffect(() => { if (framed) ground?.frame(framed); }, [framed]);
}

/** Puts everything on the map; answers with what can be changed on it. */
function lay(map, scheme) {
  const layer = { source: AREAS, sourceLayer: `areas-${scheme}` };
  let pointed = null;
  let prefix = "";
  drawMissing(map);
  addLayers(map, scheme);
  nameAreas(map, layer, () => prefix);
  return {
    paint(areas, measure, classes) {
      if (!areas) return;
      unready(map);
      prefix = commonPrefix(areas.map((area) => area.name));
      makeRoom(map, areas.length, countOf(areas));
      const found = areas.map((area) => classes.classOf(valueOf(measure, area)));
      paintAreas(map, colours(measure, classes), found.includes(UNKNOWN));
      areas.forEach((area, i) => map.setFeatureState({ ...layer, id: area.code }, { class: found[i] }));
    },
    filter(kind, stopped) {
      for (const one of ["dots", "signs"]) map.setFilter(one, investmentFilter(kind, stopped));
    },
    point(code) {
      if (pointed) map.setFeatureState({ ...layer, id: pointed }, { pointed: false });
      if (code) map.setFeatureState({ ...layer, id: code }, { pointed: true });
      pointed = code;
    },
    choose(code) {
      for (const one of ["chosen-halo", "chosen"]) map.setFilter(one, ["==", ["get", "id"], code ?? ""]);
    },
    frame(box, atOnce = false) {
      const animate = !atOnce && !matchMedia("(prefers-reduced-motion: reduce)").matches;
      map.fitBounds(box, { padding: 70, maxZoom: 14, animate, duration: 700 });
    },
  };
}

/** Until the new colours are drawn the map is not ready. */
function unready(map) {
  delete map.getContainer().dataset.ready;
  map.triggerRepaint();
}

function colours(measure, classes) {
  return [NOTHING, ...classes.limits.map((_, i) => i + 1)].map((found) => [found, token(colourOf(measure, found, classes))]);
}

/** Names stand where there is room for them, anew each time the map has come to rest. */
function nameAreas(map, { source, sourceLayer }, prefix) {
  let written = "";
  map.on("idle", () => {
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    const frame = { bounds: map.getBounds().toArray().flat(), width, height };
    const features = map.querySourceFeatures(source, { sourceLayer });
    const where = JSON.stringify([frame, features.length, prefix()]);
    if (where === written) return;
    written = where;
    map.getSource("names").setData(namePoints(features, frame, prefix()));
  });
}
