/* How an investment stands, as the board, the dossier and the money all read it. Pure. */

import { today } from "../kit/format.js";
import { label } from "../kit/texts.js";

export const ENDED = ["stopped", "completed"];

/** Every card of a board, gate by gate, then those that have ended. */
export function cardsOf(board) {
  return [...board.gates.flatMap((gate) => gate.investments), ...board.completed, ...board.stopped];
}

/** The page's word for a gate it knows, else the municipality's own, of `gates`: `[{code, name}]`. */
export function gateName(code, gates = []) {
  const known = label("gate", code);
  return known === String(code) ? gates.find((gate) => gate.code === code)?.name ?? known : known;
}

/** The day planned for the next gate; null when the last decision was made then or later: that plan is used up. */
export function nextGateOn({ next_gate_on: planned, last_decided_on: decided }) {
  return planned && planned > (decided ?? "") ? planned : null;
}

/** Whether a day by which something was to be done has passed. */
export function isOverdue(day, on = today()) {
  return Boolean(day) && day < on;
}
