/* Every program that the caller may see, each with a small picture of its board. */

import { get, getAll, path } from "../../kit/api.js";
import { html, useState } from "../../kit/dom.js";
import { day } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Loaded, Nothing } from "../../parts/trouble.js";
import { areaKey } from "./figures.js";
import { period, Published } from "./head.js";
import { useNames } from "./names.js";
import { Legend, Strip } from "./strip.js";

const FIRST = 10;

export function Programs({ me }) {
  const programs = useLoad("programs", (options) => getAll("/v1/programs", options));
  const [shown, setShown] = useState(FIRST);
  const names = useNames(me, null, (programs.value ?? []).flatMap((program) => program.areas));
  return html`<h1>${t("gates.programs")}</h1><p class="lead">${t("gates.lead")}</p>
    <${Loaded} load=${programs}>${(found) => (found.length ? html`<${Legend} />
      <ul class="gates-programs">${found.slice(0, shown).map((program) => html`<li key=${program.code}><${ProgramCard} program=${program} names=${names} /></li>`)}</ul>
      ${found.length > shown && html`<p class="more">${t("gates.programs.shown", { shown, total: found.length })}
        <button type="button" class="button" onClick=${() => setShown(shown + FIRST)}>${t("table.more", { more: Math.min(FIRST, found.length - shown) })}</button></p>`}`
      : html`<${NoPrograms} me=${me} />`)}</${Loaded}>`;
}

function NoPrograms({ me }) {
  if (!me) return html`<${Nothing} title=${t("gates.none.public")}><p>${t("gates.none.public.do")}</p></${Nothing}>`;
  return html`<${Nothing} title=${t("gates.none")}><p>${t("gates.none.do")} <a href="/docs">${t("gates.empty.how")}</a></p></${Nothing}>`;
}

function ProgramCard({ program, names }) {
  const board = useLoad(`board ${program.code}`, (options) => get(path`/v1/programs/${program.code}/board`, options));
  const { mandate } = program;
  return html`<article class="card gates-program">
    <div class="gates-program-head">
      <h2><a href=${href(["programs", program.code])} dir="auto">${program.name}</a></h2>
      <${Published} published=${program.published} />
    </div>
    <p class="gates-program-facts">
      ${program.areas.length > 0 && html`<span dir="auto">${program.areas.map((area) => names.area(areaKey(area))).join(", ")}</span>`}
      <span>${label("steering", program.steering)}</span><span>${period(program)}</span>
      <span><span dir="auto">${names.body(mandate.decided_by)}</span>, ${day(mandate.decided_on)}, <span dir="auto">${mandate.case_number}</span></span>
    </p>
    <${Loaded} load=${board}>${(value) => html`<${Strip} board=${value} />`}</${Loaded}>
  </article>`;
}
