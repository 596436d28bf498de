/* A chart drawn by ECharts as SVG, with its figures in a table beside it. */

import { html, useEffect, useRef, useState } from "../kit/dom.js";
import { language, t } from "../kit/texts.js";
import { useStore } from "../kit/store.js";
import { theme, token } from "../kit/theme.js";
import { Trouble } from "./trouble.js";

// Large, and needed by few views.
const library = () => import("../vendor/echarts-6.1.0/echarts.esm.min.mjs");

/**
 * `option` is a function that makes ECharts' option, called anew when `changed` (a text), the
 * colours or the language change. `description` says what the chart shows, in a sentence;
 * `children` is the table.
 */
export function Chart({ option, changed, description, height = 320, children }) {
  const place = useRef(null);
  const [error, setError] = useState(null);
  const spoken = useStore(language);
  const colours = useStore(theme);
  const newest = useRef(option);
  newest.current = option;

  useEffect(() => {
    let chart = null;
    let gone = false;
    const resizing = new ResizeObserver(() => chart?.resize());
    library().then((echarts) => {
      if (gone) return;
      chart = echarts.init(place.current, null, { renderer: "svg" });
      chart.setOption({ animation: false, textStyle: { fontFamily: "inherit", color: token("ink") }, ...newest.current() });
      place.current.dataset.ready = "true";
      resizing.observe(place.current);
    }).catch(setError);
    return () => {
      gone = true;
      resizing.disconnect();
      chart?.dispose();
    };
  }, [changed, spoken, colours]);

  return html`<figure class="chart">
    ${error ? html`<${Trouble} error=${{ kind: "offline" }} />`
      : html`<div class="chart-place" ref=${place} style=${{ height: `${height}px` }} role="img" aria-label=${description}></div>`}
    <figcaption>${description}</figcaption>
    <details class="as-table"><summary>${t("chart.as_table")}</summary>${children}</details>
  </figure>`;
}
