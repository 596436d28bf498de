/* One import: what the file would change, what is wrong with it, and the answers it needs. */

import { html, useState } from "../../kit/dom.js";
import { get, getVersion, path, write } from "../../kit/api.js";
import { useDraft } from "../../kit/drafts.js";
import { day, number } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { go, href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { Loaded, Trouble } from "../../parts/trouble.js";
import { Changes } from "./changes.js";
import { Impact } from "./impact.js";
import { Report } from "./report.js";
import { Successors } from "./successors.js";
import { asBody, proposals, unanswered } from "./answers.js";

export function Preview({ id, mayApply }) {
  const load = useLoad(`import ${id}`, (options) => getVersion(path`/v1/area-imports/${id}`, options), { keep: true });
  const changes = useLoad(`changes ${id}`, (options) => get(path`/v1/area-imports/${id}/changes`, options));
  return html`<h1>${t("imports.one", { id })}</h1>
    <p><a href=${href(["imports"])}>${t("imports.back")}</a></p>
    <${Loaded} load=${load}>${({ value, etag }) => html`<${Shown} key=${value.id} found=${value} etag=${etag} changes=${changes} again=${load.again} mayApply=${mayApply} />`}</${Loaded}>`;
}

function Shown({ found, etag, changes, again, mayApply }) {
  const faults = found.issues.filter((one) => one.severity === "error").length;
  const open = found.status === "previewed";
  return html`<${Facts} found=${found} />
    ${found.status === "applied" && html`<p class="notice imports-done" role="status"><strong>${t("imports.applied")}</strong>${" "}
      <a href=${href(["place", found.scheme])}>${t("imports.see_place")}</a></p>`}
    ${found.status === "discarded" && html`<p class="notice" role="status">${t("imports.discarded")}</p>`}
    <section><h2>${t("imports.changes")}</h2>
      <${Loaded} load=${changes}>${(value) => html`<${Changes} scheme=${found.scheme} features=${value.features} issues=${found.issues} />`}</${Loaded}>
    </section>
    <section><h2>${t("imports.report")}</h2><${Report} found=${found} /></section>
    <${Impact} found=${found} />
    ${open && (mayApply ? html`<${Answer} ...${{ found, etag, faults, again }} features=${changes.value?.features ?? []} />` : html`<p class="nothing">${t("imports.may_not_apply")}</p>`)}`;
}

function Facts({ found }) {
  const { source, counts } = found;
  return html`<p class="soft" dir="auto">${t("imports.source", { file: source.filename, driver: source.driver, layer: source.layer, crs: source.crs })}${" "}
      · ${found.scheme} · ${t("imports.from", { day: day(found.valid_from) })} · ${label("imports.extent", found.extent)}</p>
    <dl class="imports-counts">${["added", "changed", "removed", "unchanged"].map((one) => html`<div key=${one} class=${`imports-count imports-${one}`}>
      <dt>${label("imports.change", one)}</dt><dd>${number(counts[one])}</dd></div>`)}</dl>`;
}

/** Successors, and then apply or discard. */
function Answer({ found, features, etag, faults, again }) {
  const draft = useDraft(`import-${found.id}`, proposals(found));
  const [asked, setAsked] = useState(null);
  const [state, setState] = useState({ busy: false, error: null });
  const left = unanswered(found, draft.value);

  async function send(work) {
    setAsked(null);
    setState({ busy: true, error: null });
    try {
      await work();
      draft.discard();
      setState({ busy: false, error: null });
      again();
    } catch (error) {
      setState({ busy: false, error });
      // It may have been done though the answer was lost, or by somebody else: look how it stands.
      if (["offline", "refused", "stale", "server"].includes(error.kind)) again();
    }
  }
  const apply = () => send(() => write("POST", path`/v1/area-imports/${found.id}/apply`, asBody(found, draft.value)));
  const discard = () => send(() => write("DELETE", path`/v1/area-imports/${found.id}`, undefined, { ifMatch: etag }));

  return html`<section class="imports-answer"><h2>${t("imports.answer")}</h2>
    <${Successors} found=${found} features=${features} answers=${draft.value} change=${draft.change} />
    ${faults > 0 && html`<p class="nothing">${t("imports.has_errors", { n: faults })}</p>`}
    ${left.length > 0 && html`<p class="nothing">${t("imports.left", { codes: left.join(", ") })}</p>`}
    ${state.error && html`<${Trouble} error=${state.error} />`}
    <p class="row">
      <button type="button" class="button primary" disabled=${state.busy || faults > 0 || left.length > 0} onClick=${() => setAsked("apply")}>${t("imports.apply")}</button>
      <button type="button" class="button" disabled=${state.busy} onClick=${() => setAsked("discard")}>${t("imports.discard")}</button>
      <button type="button" class="button quiet" onClick=${() => go(["imports"])}>${t("imports.later")}</button>
    </p>
    ${asked === "apply" && html`<${Sure} title=${t("imports.apply")} text=${t("imports.apply.sure", { day: day(found.valid_from) })} confirm=${t("imports.apply.yes")} act=${apply} close=${() => setAsked(null)} />`}
    ${asked === "discard" && html`<${Sure} title=${t("imports.discard")} text=${t("imports.discard.sure")} confirm=${t("imports.discard.yes")} act=${discard} close=${() => setAsked(null)} />`}
  </section>`;
}

function Sure({ title, text, confirm, act, close }) {
  return html`<${Dialog} title=${title} close=${close}><p>${text}</p>
    <p class="row"><button type="button" class="button primary" onClick=${act}>${confirm}</button></p></${Dialog}>`;
}
