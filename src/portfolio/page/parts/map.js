/* A map of our own tiles: no service, glyph or symbol from elsewhere. */

import { html, useEffect, useRef, useState } from "../kit/dom.js";
import { credentials } from "../kit/api.js";
import { fetched } from "../kit/modules.js";
import { useStore } from "../kit/store.js";
import { language, t } from "../kit/texts.js";
import { theme, token } from "../kit/theme.js";
import { Trouble } from "./trouble.js";

/** The library that draws: by far the largest file of the page. */
export const MAP_LIBRARY = new URL("../vendor/maplibre-gl-6.17.0/maplibre-gl.mjs", import.meta.url).href;

/** Paper has another width than the window. */
const paper = matchMedia("print");

const library = () => fetched(() => import(MAP_LIBRARY));

/** A vector source of a collection of `/ogc`; features are known by their code. */
export function tiles(collection, options = {}) {
  return {
    type: "vector",
    tiles: [`${location.origin}/ogc/collections/${encodeURIComponent(collection)}/tiles/WebMercatorQuad/{z}/{y}/{x}`],
    promoteId: "id",
    maxzoom: 16,
    ...options,
  };
}

/** `[west, south, east, north]` of a collection, or null when it is empty. */
export function boundsOf(collection) {
  const box = collection.extent?.spatial?.bbox?.[0] ?? null;
  return box && box.every(Number.isFinite) ? box : null;
}

function words() {
  return {
    "NavigationControl.ZoomIn": t("map.zoom_in"),
    "NavigationControl.ZoomOut": t("map.zoom_out"),
    "Map.Title": t("map.title"),
    "CooperativeGesturesHandler.WindowsHelpText": t("map.hold_ctrl"),
    "CooperativeGesturesHandler.MacHelpText": t("map.hold_cmd"),
    "CooperativeGesturesHandler.MobileHelpText": t("map.two_fingers"),
  };
}

/** The key goes to our own server and to nobody else. */
function asCaller(url) {
  const own = new URL(url, location.href).origin === location.origin;
  return own && credentials.key ? { url, headers: { Authorization: `Bearer ${credentials.key}` } } : { url };
}

/**
 * A map framed on `bounds` (degrees). `draw(map, {maplibre})` adds sources, layers and listeners once the map
 * is there, and may give back a function that tidies up; it is called anew with a new map when the colours, the
 * language, or `changed` (a text: whose tiles they are) change. What changes more often is changed by the caller on the map it got.
 *
 * `label` names the map for those who don't see it: the same data must stand beside it.
 * `data-ready` on the element tells that everything asked for has been drawn.
 */
export function MapView({ label, bounds, draw, changed = "", className = "" }) {
  const place = useRef(null);
  const camera = useRef(null);
  const newest = useRef(draw);
  newest.current = draw;
  const [failed, setFailed] = useState(null);
  const [turn, setTurn] = useState(0);
  const frame = JSON.stringify(bounds);
  const asked = JSON.stringify([useStore(theme), useStore(language), changed, frame, turn]);

  useEffect(() => {
    let tidy = () => {};
    let gone = false;
    library().then((maplibre) => {
      if (!gone) tidy = make(maplibre);
    }).catch((error) => setFailed({ asked, error }));
    return () => {
      gone = true;
      tidy();
    };
  }, [asked]);

  function make(maplibre) {
    const kept = camera.current?.frame === frame ? camera.current.at : null;
    const map = new maplibre.Map({
      container: place.current,
      style: { version: 8, sources: {}, layers: [{ id: "paper", type: "background", paint: { "background-color": token("map-paper") } }] },
      ...(kept ?? { bounds: bounds ?? [10.5, 55.2, 24.2, 69.1], fitBoundsOptions: { padding: 24 } }),
      attributionControl: false,
      locale: words(),
      cooperativeGestures: matchMedia("(pointer: coarse)").matches,
      dragRotate: false,
      pitchWithRotate: false,
      transformRequest: asCaller,
      fadeDuration: 0,
    });
    map.touchZoomRotate.disableRotation();
    map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
    map.getCanvas().setAttribute("aria-label", label);
    let tidyDrawn;
    map.once("load", () => { tidyDrawn = newest.current(map, { maplibre }); });
    map.on("dataloading", () => { delete place.current?.dataset.ready; });
    map.on("idle", () => { if (place.current) place.current.dataset.ready = "true"; });
    // The browser keeps no copy of the picture: for paper it must be drawn at that moment.
    const print = () => { map.resize(); map.redraw(); };
    addEventListener("beforeprint", print);
    paper.addEventListener("change", print);
    // A tile that does not come leaves a white square; the table beside the map tells what went wrong.
    map.on("error", () => {});
    return () => {
      camera.current = { frame, at: { center: map.getCenter(), zoom: map.getZoom() } };
      removeEventListener("beforeprint", print);
      paper.removeEventListener("change", print);
      tidyDrawn?.();
      map.remove();
    };
  }

  // Something else is asked for: it may well be drawn.
  const error = failed?.asked === asked ? failed.error : null;
  if (error?.kind === "offline") return html`<${Trouble} error=${error} again=${() => setTurn(turn + 1)} />`;
  if (error) return html`<p class="nothing">${t("map.impossible")}</p>`;
  return html`<div class=${`map ${className}`} ref=${place}></div>`;
}
