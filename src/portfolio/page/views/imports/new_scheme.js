/* A new way to divide the municipality, which boundaries can then be imported to. */

import { html, useState } from "../../kit/dom.js";
import { write } from "../../kit/api.js";
import { useDraft } from "../../kit/drafts.js";
import { t } from "../../kit/texts.js";
import { TextField } from "../../parts/fields.js";
import { Trouble } from "../../parts/trouble.js";
import { NotKept } from "./not_kept.js";

const EMPTY = { code: "", name: "", description: "" };

/** `made` is called when it is there. */
export function NewScheme({ open, made }) {
  const draft = useDraft("scheme", EMPTY);
  const [state, setState] = useState({ busy: false, error: null });
  const errors = state.error?.fields ?? {};
  const set = (name) => (value) => draft.change((now) => ({ ...now, [name]: value }));

  async function create(event) {
    event.preventDefault();
    setState({ busy: true, error: null });
    try {
      await write("POST", "/v1/area-schemes", draft.value);
      draft.discard(EMPTY);
      setState({ busy: false, error: null });
      made();
    } catch (error) {
      setState({ busy: false, error });
    }
  }

  return html`<details class="card imports-new-scheme" open=${open || draft.restored}><summary>${t("imports.new_scheme")}</summary>
    <form class="form narrow" onSubmit=${create} novalidate>
      <${TextField} label=${t("imports.scheme.code")} hint=${t("imports.scheme.code.hint")} required value=${draft.value.code} onChange=${set("code")} error=${errors["/code"]} />
      <${TextField} label=${t("imports.scheme.name")} required value=${draft.value.name} onChange=${set("name")} error=${errors["/name"]} />
      <${TextField} label=${t("imports.scheme.description")} value=${draft.value.description} onChange=${set("description")} error=${errors["/description"]} />
      <${NotKept} drafts=${[draft]} />
      ${state.error && html`<${Trouble} error=${state.error} />`}
      <p><button class="button" disabled=${state.busy}>${t("imports.scheme.create")}</button></p>
    </form>
  </details>`;
}
