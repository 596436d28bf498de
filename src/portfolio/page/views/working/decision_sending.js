/* From the form of a decision to its receipt: nothing is decided on unseen, and nothing twice. */

import { path, write } from "../../kit/api.js";
import { useEffect, useRef, useState } from "../../kit/dom.js";
import { go } from "../../kit/router.js";
import { t } from "../../kit/texts.js";
import { isConflict, isUnsettled, sameAttempt } from "./attempts.js";
import { footprint, hasMoved, madeBy } from "./decision_ground.js";
import { EMPTY, EMPTY_DRAFT, asShown, cannotPass, lacking, tidied, toBody, unreadable } from "./decision_values.js";
import { loadInvestment } from "./loading.js";

/** What must be corrected before anything is asked or sent: a sentence for each pointer. */
function faultsIn(form, ground) {
  return Object.fromEntries([
    ...unreadable(form).map((one) => [one, t("work.not_a_figure")]),
    ...lacking(form, ground).map((one) => [one, t("work.fill_in")]),
    ...(cannotPass(form.outcome, ground.steps, ground.atLastGate) ? [["/outcome", t("work.cannot_pass")]] : [])]);
}

/** `{busy, failure, moved, check, send}`; `shown` is `{form, ground}` as they are drawn, `moved` counts what was found to have moved. */
export function useSending({ code, draft, known, shown, reload }) {
  const [state, setState] = useState({ busy: null, failure: null, moved: 0 });
  // Not in the state: a second press must see it before anything is drawn anew.
  const underWay = useRef(false);
  const newest = useRef(null);
  newest.current = { ...shown, draft: draft.value, known };
  const settled = (next) => setState((now) => ({ ...now, busy: null, failure: null, ...next }));
  const settle = useSettling({ code, draft, known });
  const alone = onceAtATime(underWay, setState);

  /** Asks about the decision, on what holds at this moment. */
  const check = (ask) => alone("checking", async () => {
    draft.change((now) => ({ ...now, form: tidied(now.form) }));
    const faults = faultsIn(tidied(newest.current.form), newest.current.ground);
    if (Object.keys(faults).length) return settled({ failure: { kind: "invalid", fields: faults } });
    const fresh = await loadInvestment(code, {});
    const { form, ground, draft: kept } = newest.current;
    const made = madeBy(kept.attempt, fresh.decisions);
    if (made) return settle(made);
    if (hasMoved(kept.ground, footprint(fresh))) {
      reload();
      return setState((now) => ({ busy: null, failure: null, moved: now.moved + 1 }));
    }
    settled({});
    return ask(toBody(tidied(form), ground));
  });

  const remember = (attempt) => draft.change((now) => ({ ...now, attempt }));
  const send = (body) => alone("sending", async () => {
    const { draft: kept, known: { decisions } } = newest.current;
    const attempt = { ...sameAttempt(kept.attempt, body), form: JSON.stringify(tidied(kept.form)), after: Math.max(0, ...decisions.map((one) => one.id)) };
    remember(attempt);
    const failure = await registered(code, body, attempt).then((made) => settle(made, attempt), (error) => error);
    if (!failure) return undefined;
    const made = isConflict(failure) && madeBy(kept.attempt, (await loadInvestment(code, {})).decisions);
    if (made) return settle(made);
    if (!isUnsettled(failure)) remember(null);
    if (failure.kind === "refused") reload();
    return settled({ failure: readable(failure, body) });
  });
  return { ...state, check, send };
}

/** Whatever is pressed meanwhile, and whatever fails: `act` runs alone, and its failure is shown. */
function onceAtATime(underWay, setState) {
  return async (busy, act) => {
    if (underWay.current) return;
    underWay.current = true;
    setState((now) => ({ ...now, busy, failure: null }));
    try {
      await act();
    } catch (failure) {
      setState((now) => ({ ...now, busy: null, failure }));
    } finally {
      underWay.current = false;
    }
  };
}

async function registered(code, body, attempt) {
  const { value } = await write("POST", path`/v1/investments/${code}/decisions`, body, { idempotencyKey: attempt.key });
  return value;
}

/** Shows the receipt. What was changed after a lost answer is kept, since it is not what was registered. */
function useSettling({ code, draft, known }) {
  const newest = useRef(null);
  newest.current = draft.value;
  function settle(made, attempt = newest.current.attempt) {
    const form = JSON.stringify(tidied(newest.current.form));
    const changed = form !== attempt.form && form !== JSON.stringify(EMPTY);
    // The way to the receipt first: nothing else matters once it is registered.
    go(["work", code, "decision"], { receipt: made.id, changed: changed ? "yes" : null });
    if (changed) draft.change((now) => ({ ...now, attempt: null }));
    else draft.discard(EMPTY_DRAFT);
  }
  useEffect(() => {
    const made = madeBy(draft.value.attempt, known.decisions);
    if (made) settle(made);
  }, [known]);
  return settle;
}

function readable(error, body) {
  if (!Object.keys(error.fields ?? {}).length) return error;
  return { kind: error.kind, problem: error.problem, reasons: error.reasons, fields: asShown(error.fields, body) };
}
