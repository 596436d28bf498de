/* Who gave the program its mandate, how it is steered, where it is. */

import { path, query as search } from "../../kit/api.js";
import { html } from "../../kit/dom.js";
import { day } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { useName } from "../../kit/title.js";
import { Download } from "../../parts/download.js";
import { areaKey } from "./figures.js";

export function Published({ published }) {
  const [sign, text] = published ? ["published", t("gates.published")] : ["unpublished", t("gates.unpublished")];
  return html`<span class=${`badge gates-${sign}`}>${text}</span>`;
}

export function period(program) {
  if (!program.starts_on && !program.ends_on) return t("gates.period.none");
  if (!program.ends_on) return t("gates.period.from", { from: day(program.starts_on) });
  if (!program.starts_on) return t("gates.period.to", { to: day(program.ends_on) });
  return t("gates.period.both", { from: day(program.starts_on), to: day(program.ends_on) });
}

export function Head({ program, names, me, asOf }) {
  useName(program.name);
  return html`<header class="gates-head">
    <div class="gates-title">
      <h1 dir="auto">${program.name}</h1>
      <${Published} published=${program.published} />
      ${me && html`<div class="gates-tools"><${Download} path=${path`/v1/programs/${program.code}/plan.pdf` + search({ as_of: asOf })} accept="application/pdf">${t("gates.plan")}</${Download}></div>`}
    </div>
    <${Facts} program=${program} names=${names} />
    <details class="gates-task"><summary>${t("gates.task")}</summary>
      ${program.mandate.task.split(/\n\s*\n/).map((text, i) => html`<p key=${i} dir="auto">${text}</p>`)}
      <p><strong>${label("steering", program.steering)}.</strong> ${label("gates.steering", program.steering)}</p>
    </details>
  </header>`;
}

function Facts({ program, names }) {
  const { mandate } = program;
  return html`<dl class="gates-facts">
    <div><dt>${t("gates.mandate")}</dt><dd><span dir="auto">${names.body(mandate.decided_by)}</span>, ${day(mandate.decided_on)} <span class="gates-aside" dir="auto">${mandate.case_number}</span></dd></div>
    <div><dt>${t("gates.steering")}</dt><dd>${label("steering", program.steering)}</dd></div>
    <div><dt>${t("gates.period")}</dt><dd>${period(program)}</dd></div>
    ${program.coordinator && html`<div><dt>${t("gates.coordinator")}</dt><dd dir="auto">${program.coordinator}</dd></div>`}
    ${program.areas.length > 0 && html`<div><dt>${t("gates.areas")}</dt><dd><ul class="gates-areas">
      ${program.areas.map((area) => html`<li key=${areaKey(area)}><a href=${href(["place", area.scheme, area.code])} dir="auto">${names.area(areaKey(area))}</a></li>`)}
    </ul></dd></div>`}
  </dl>`;
}
