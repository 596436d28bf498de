/* One program: its mandate, the day that is looked at, what is chosen, and the board. */

import { get, path, query as search } from "../../kit/api.js";
import { html, useMemo, useRef, useState } from "../../kit/dom.js";
import { isDay, today } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { href, setQuery } from "../../kit/router.js";
import { resting } from "../../kit/resting.js";
import { t } from "../../kit/texts.js";
import { cardsOf } from "../../parts/standing.js";
import { Trouble, Waiting } from "../../parts/trouble.js";
import { choices, elsewhere, filtered, monthsBefore } from "./figures.js";
import { Filters } from "./filters.js";
import { Head } from "./head.js";
import { useNames } from "./names.js";
import { Situation } from "./situation.js";
import { TimeControl } from "./time.js";

const RESTING_MS = 80;

function useBoards(code, asOf, since, dragging) {
  const day = asOf || today();
  // Of what is no day there is none before: the API says what is wrong with it.
  const before = since && isDay(day) ? monthsBefore(day, since) : null;
  const address = (on) => path`/v1/programs/${code}/board` + search({ as_of: on });
  return useLoad(`board ${code} ${asOf} ${before}`, async (options) => {
    if (dragging) await resting(RESTING_MS, options.signal);
    const [board, earlier] = await Promise.all([get(address(asOf), options), before ? get(address(before), options) : null]);
    return { board, earlier };
  }, { keep: true });
}

/** The board that was looked at before this one; while the slider moves, the one it left. */
function usePrevious(load, dragging) {
  const seen = useRef({ settled: null, previous: null });
  const board = load.value?.board;
  if (board && !dragging && !load.loading && seen.current.settled !== board) {
    const { settled, previous } = seen.current;
    seen.current = { settled: board, previous: settled && settled.as_of !== board.as_of ? settled : previous };
  }
  const { settled, previous } = seen.current;
  const other = dragging ? settled : previous;
  return other && board && other.as_of !== board.as_of ? other : null;
}

function sinceOf(query) {
  return ["1", "3", "12"].includes(query.since) ? Number(query.since) : null;
}

/** The day under a slider that is being moved; when the address says another, that holds. */
function useDragged(asOf) {
  const [held, setHeld] = useState(null);
  const dragged = held && held.from === asOf ? held.day : null;
  return [dragged, (day) => setHeld(day && { from: asOf, day })];
}

export function Program({ code, query, me }) {
  const [dragged, setDragged] = useDragged(query.as_of);
  const asOf = dragged ?? query.as_of ?? "";
  const program = useLoad(`program ${code}`, (options) => get(path`/v1/programs/${code}`, options));
  const boards = useBoards(code, asOf, sinceOf(query), dragged !== null);
  const previous = usePrevious(boards, dragged !== null);
  const shown = useRef(null);
  // A day that could not be shown must leave the way back to another.
  if (boards.value) shown.current = boards.value.board;
  const names = useNames(me, shown.current, areasOf(program.value, shown.current));
  const settle = (day) => {
    setDragged(null);
    setQuery({ as_of: day === today() ? "" : day });
  };

  return html`<nav class="gates-back" aria-label=${t("gates.back.label")}><a href=${href(["programs"])}>${t("gates.back")}</a></nav>
    ${program.value ? html`<${Head} program=${program.value} names=${names} me=${me} asOf=${query.as_of} />` : html`<h1>${t("gates.title")}</h1>`}
    ${program.error ? html`<${Trouble} error=${program.error} again=${program.again} />` : html`
      ${shown.current && html`<${Controls} board=${shown.current} asOf=${asOf} query=${query} names=${names} dragging=${dragged !== null} onMove=${setDragged} onSettle=${settle} />`}
      <${Shown} boards=${boards} previous=${previous} query=${query} names=${names} me=${me} code=${code} />`}`;
}

function areasOf(program, board) {
  return [...(program?.areas ?? []), ...(board ? cardsOf(board).flatMap((card) => card.areas) : [])];
}

function Controls({ board, asOf, query, names, dragging, onMove, onSettle }) {
  const offered = useMemo(() => choices(cardsOf(board)), [board]);
  // Without investments there is nothing to choose among, on any day.
  if (!offered.departments.length) return null;
  return html`<section class="gates-controls card" aria-label=${t("gates.controls")}>
    <${TimeControl} earliest=${board.earliest} day=${isDay(asOf) ? asOf : today()} since=${sinceOf(query) ?? ""} dragging=${dragging} onMove=${onMove} onSettle=${onSettle} />
    <${Filters} offered=${offered} query=${query} names=${names} />
  </section>`;
}

function Shown({ boards, previous, query, names, me, code }) {
  const value = boards.value;
  const other = value?.earlier ?? previous;
  const { department, kind, area } = query;
  const whole = value?.board;
  const board = useMemo(() => whole && filtered(whole, { department, kind, area }), [whole, department, kind, area]);
  const moved = useMemo(() => (board && other ? elsewhere(board, other) : new Map()), [board, other]);
  if (boards.error) return html`<${Trouble} error=${boards.error} again=${boards.again} /><${ToToday} query=${query} code=${code} />`;
  if (!board) return html`<${Waiting} />`;
  return html`<div class="loaded gates-shown" aria-busy=${boards.loading ? "true" : "false"}>
    <${Situation} whole=${whole} board=${board} other=${other} moved=${moved} query=${query} names=${names} me=${me} code=${code} />
  </div>`;
}

/** From an address whose day can't be shown. */
function ToToday({ query, code }) {
  if (!query.as_of) return null;
  return html`<p class="gates-to-today"><a class="button" href=${href(["programs", code], { ...query, as_of: "" })}>${t("gates.time.today.show")}</a></p>`;
}
