/* A chart drawn by ECharts as SVG, with its figures in a table beside it. */

import { html, useLayoutEffect, useRef, useState } from "../kit/dom.js";
import { fetched } from "../kit/modules.js";
import { language, t } from "../kit/texts.js";
import { useStore } from "../kit/store.js";
import { theme, token } from "../kit/theme.js";
import { Broken, Trouble } from "./trouble.js";

// Large, and needed by few views.
const library = () => fetched(() => import("../vendor/echarts-6.1.0/echarts.esm.min.mjs"));

/**
 * `option` is a function that makes ECharts' option, called anew when `changed` (a text), the
 * colours or the language change. `description` says what the chart shows, in a sentence;
 * `children` is the table. `data-ready` on the drawing tells that it shows what was last asked for.
 */
export function Chart({ option, changed, description, height = 320, children }) {
  const { place, error, again } = useDrawing(option, changed);
  return html`<figure class="chart">
    ${error ? html`<${NotDrawn} error=${error} again=${again} />`
      : html`<div class="chart-place" ref=${place} style=${{ height: `${height}px` }} role="img" aria-label=${description}></div>`}
    <figcaption>${description}</figcaption>
    <details class="as-table"><summary>${t("chart.as_table")}</summary>${children}</details>
  </figure>`;
}

function NotDrawn({ error, again }) {
  return error.kind === "offline" ? html`<${Trouble} error=${error} again=${again} />` : html`<${Broken} />`;
}

function useDrawing(option, changed) {
  const place = useRef(null);
  const [turn, setTurn] = useState(0);
  const [failed, setFailed] = useState(null);
  const asked = JSON.stringify([changed, useStore(language), useStore(theme), turn]);
  const newest = useRef(option);
  newest.current = option;

  // Before it is seen: what is shown must not pass for what was asked for.
  useLayoutEffect(() => {
    const element = place.current;
    let chart = null;
    let gone = false;
    const resizing = new ResizeObserver(() => chart?.resize());
    library().then((echarts) => {
      if (gone) return;
      chart = echarts.init(element, null, { renderer: "svg" });
      chart.setOption({ animation: false, textStyle: { fontFamily: "inherit", color: token("ink") }, ...newest.current() });
      element.dataset.ready = "true";
      resizing.observe(element);
    }).catch((error) => {
      // A mistake of ours is for the console too; a lost connection is not.
      if (error.kind !== "offline") reportError(error);
      if (!gone) setFailed({ asked, error });
    });
    return () => {
      gone = true;
      resizing.disconnect();
      chart?.dispose();
      delete element.dataset.ready;
    };
  }, [asked]);

  // Something else is asked for: it may well be drawn.
  const error = failed?.asked === asked ? failed.error : null;
  return { place, error, again: () => setTurn((n) => n + 1) };
}
