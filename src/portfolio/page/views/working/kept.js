/* What somebody has written where there is no form for it any more: to be read, copied, and thrown away. */

import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { dropDraft, findDraft } from "../../kit/drafts.js";
import { day, moment } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { DropText } from "./asking.js";
import { plainText } from "./comparison.js";
import { differences } from "./merging.js";
import { fieldName } from "./pointers.js";
import { asSent, toSteps } from "./steps.js";

const filled = (value) => typeof value === "string" && value.trim() !== "";
const READ = { outcome: (code) => label("outcome", code), met_on: day, recommended_on: day };

/** `[[name, text]]` of what a kept draft says beyond what its form began with. */
export function saidIn(form, value) {
  if (form !== "assessment") {
    return Object.entries(value.form ?? value).filter(([, one]) => filled(one))
      .map(([name, one]) => [label("work.field", name), READ[name]?.(one) ?? one]);
  }
  const base = asSent(value.base);
  return differences(base, toSteps(value.form), base)
    .map(({ pointer, mine }) => [fieldName(`/steps${pointer}`), plainText(pointer, mine)]);
}

/** Whether a draft is there and says something. */
export function hasText(name) {
  const found = findDraft(name);
  return Boolean(found && saidIn(name.split(".")[0], found.value).length);
}

/** Nothing at all unless the draft `name` is there and says something. `why` is a sentence; `arrived` takes the focus. */
export function KeptText({ name, why, arrived = false }) {
  const [gone, setGone] = useState(false);
  const place = useRef(null);
  const found = gone ? null : findDraft(name);
  const said = found ? saidIn(name.split(".")[0], found.value) : [];
  useEffect(() => {
    if (arrived) place.current?.focus();
  }, [arrived]);
  if (!said.length) return null;
  const drop = () => {
    dropDraft(name);
    setGone(true);
  };
  return html`<section class="card work-kept" aria-label=${t("work.kept")}>
    <h2 ref=${place} tabindex="-1">${t("work.kept")}</h2>
    <p>${why} ${t("work.kept.where", { at: moment(found.savedAt) })}</p>
    <${Copied} text=${said.map(([what, text]) => `${what}\n${text}`).join("\n\n")} rows=${Math.min(14, 3 * said.length)} drop=${drop} />
  </section>`;
}

function Copied({ text, rows, drop }) {
  const [told, setTold] = useState("");
  const place = useRef(null);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setTold(t("work.kept.copied"));
    } catch {
      // The clipboard may be forbidden: then the text is marked, for the reader's own keys.
      place.current.select();
      setTold(t("work.kept.marked"));
    }
  }
  return html`<textarea ref=${place} class="work-kept-text" readonly dir="auto" rows=${rows} aria-label=${t("work.kept")} value=${text}></textarea>
    <p class="row"><button type="button" class="button" onClick=${copy}>${t("work.kept.copy")}</button> <${DropText} text=${t("work.drop")} act=${drop} /></p>
    <p class="small" role="status">${told}</p>`;
}
