/* Which day is looked at: a slider over the months, an exact date, and what to compare with. */

import { html, useEffect, useMemo, useRef, useState } from "../../kit/dom.js";
import { dayLong, today } from "../../kit/format.js";
import { setQuery } from "../../kit/router.js";
import { t } from "../../kit/texts.js";
import { Select, TextField } from "../../parts/fields.js";
import { stopAt, stopsBetween } from "./figures.js";

/** `onMove(day)` while the slider moves, `onSettle(day)` when a day is chosen. */
export function TimeControl({ earliest, day, since, dragging, onMove, onSettle }) {
  const slider = useRef(null);
  if (!earliest) return html`<p class="soft gates-undecided">${t("gates.time.none")}</p>`;
  const back = () => {
    onSettle(today());
    slider.current.focus();
  };
  return html`<div class="gates-time">
    <${Slider} earliest=${earliest} day=${day} dragging=${dragging} onMove=${onMove} onSettle=${onSettle} input=${slider} back=${day === today() ? null : back} />
    <${ExactDay} earliest=${earliest} day=${day} onSettle=${onSettle} />
    <${Comparison} since=${since} />
  </div>`;
}

function Slider({ earliest, day, dragging, onMove, onSettle, input, back }) {
  const stops = useMemo(() => stopsBetween(earliest, today()), [earliest]);
  const at = stopAt(stops, day);
  const chosen = (event) => stops[Number(event.currentTarget.value)];
  const settle = (event) => onSettle(chosen(event));
  // Let go where it was taken the slider has not changed, and says nothing of it.
  const letGo = (event) => dragging && settle(event);
  return html`<div class="gates-slider">
    <div class="gates-slider-head"><label for="gates-slider">${t("gates.time.slider")}</label>
      ${back && html`<button type="button" class="button gates-today" onClick=${back}>${t("gates.time.back")}</button>`}</div>
    <input id="gates-slider" type="range" ref=${input} min="0" max=${stops.length - 1} step="1" value=${at}
      aria-valuetext=${dayLong(day)} disabled=${stops.length < 2}
      onInput=${(event) => onMove(chosen(event))} onChange=${settle}
      onPointerUp=${letGo} onPointerCancel=${letGo} onKeyUp=${letGo} onBlur=${letGo} />
    <${Years} stops=${stops} />
  </div>`;
}

/** Where each year begins, under the slider; too near the one before, it is left out. */
function Years({ stops }) {
  const last = Math.max(stops.length - 1, 1);
  const begins = stops.map((stop, i) => ({ stop, share: i / last }))
    .filter(({ stop, share }, i) => i === 0 || (stop.slice(5) === "01-01" && share > 0.08 && share < 0.92));
  return html`<p class="gates-years" aria-hidden="true">
    ${begins.map(({ stop, share }, i) => html`<span key=${stop} style=${{ insetInlineStart: `${share * 100}%` }} class=${i ? "" : "gates-first"}>${stop.slice(0, 4)}</span>`)}
    <span class="gates-last">${t("gates.time.today")}</span>
  </p>`;
}

/** A date may be typed year by year: only one that can be shown is asked for. */
function ExactDay({ earliest, day, onSettle }) {
  const [typed, setTyped] = useState(null);
  const [left, setLeft] = useState(false);
  useEffect(() => setTyped(null), [day]);
  const possible = (text) => text >= earliest && text <= today();
  const change = (text) => {
    setTyped(text);
    setLeft(false);
    if (possible(text)) onSettle(text);
  };
  const wrong = left && typed && !possible(typed);
  return html`<div class="gates-day" onFocusOut=${() => setLeft(true)}>
    <${TextField} label=${t("gates.time.exact")} plain type="date" min=${earliest} max=${today()} value=${typed ?? day} onChange=${change}
      error=${wrong ? t("gates.time.outside", { first: dayLong(earliest), last: dayLong(today()) }) : null} />
  </div>`;
}

function Comparison({ since }) {
  const options = [
    { value: "1", label: t("gates.since.month") },
    { value: "3", label: t("gates.since.quarter") },
    { value: "12", label: t("gates.since.year") },
  ];
  return html`<div class="gates-since"><${Select} label=${t("gates.since")} plain value=${since} options=${options}
    empty=${t("gates.since.none")} onChange=${(value) => setQuery({ since: value })} /></div>`;
}
